"""From an order's names to a movement: which accounts, how much money, at what time, and whether the actor may.

`Work` is what one write transaction has read, moved along order by order, and what it is going to write.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared.amounts import money
from shared.amounts.money import Money, parse_amount
from shared.enums import FixedSide
from shared.events.event_feed import Event
from shared.events.feeds import Row
from shared.http.field_problems import FieldError, invalid, invalid_fields
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused, forbidden
from shared.service_refusals import CURRENCY_MISMATCH, MORE_THAN_OWED, NOTHING_OWED
from shared.time import clock
from shared.time.business_days import day_number
from transaction_service.cards.work import CardWork
from transaction_service.exchange import agreement
from transaction_service.exchange.agreement import Exchange, Quote
from transaction_service.exchange.conversion import DayRates
from transaction_service.holds.hold import Hold, HoldRequest
from transaction_service.holds.hold_rows import PlacedHold
from transaction_service.interest import rate_plans
from transaction_service.interest.accrual import RatePlan
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Account, Actor, Movement, has_own_interest, may_act_for, may_pay
from transaction_service.ledger.idempotency_keys import Claim
from transaction_service.ledger.movement_rules import (
    CARD_PAYMENT,
    CHARGEBACK,
    EXCHANGE,
    REVERSAL,
    TRANSFER,
    Sides,
    counter_account_id,
)
from transaction_service.ledger.orders import Order
from transaction_service.ledger.serializers import TransactionView
from transaction_service.refusals import HOLD_OF_CARD_PAYMENT, NOT_REVERSIBLE, PAYMENT_DISPUTED, REVERSAL_TOO_LARGE

NOTHING_IS_LEFT = "All of this was given back already: nothing is left to give back."
TOLD_DAYS = 90
"""Nobody is told what happened longer ago, by the bank's clock, when it is booked."""
_TOLD_US = TOLD_DAYS * 86_400 * clock.MICROSECONDS


class Days(dict[int, int]):
    """The day of each instant that a transaction meets, looked up once: most of its orders share theirs."""

    def __missing__(self, instant_us: int) -> int:
        day = self[instant_us] = day_number(instant_us)
        return day


@dataclass
class Work:
    """What one write transaction has read and what it is going to write.

    `opening` is with which balance each account came into it, what was held of it, and where it had passed its floor.
    `captures` are positions of entries, and the keys of the holds that they take from; `exchanges` positions, and what
    their entries exchange. `used_keys`: by the names of keys, the digest of the request, the status of its reply, and
    the reply, or what it is going to show. `rates` are those of the days that something is exchanged on, `plans` the
    versions of the plans whose fees accounts pay, by their keys, where something may be exchanged. `below_floor` is how
    far entries left accounts below their floor, by the position and the key of the account.
    """

    state: journal.State
    booked_at: int
    bank_time: int
    accounts: dict[str, Account]
    numbers: dict[str, str]
    opening: dict[str, tuple[int, int, int | None]]
    spent: dict[journal.AccountDay, int]
    known_days: set[journal.AccountDay]
    originals: dict[str, journal.Original]
    holds: dict[str, Hold]
    cards: CardWork
    used_keys: dict[bytes, tuple[bytes, int, str | TransactionView]]
    days: Days
    quotes: dict[str, Quote]
    rates: dict[int, DayRates | None]
    plans: dict[int, tuple[RatePlan, ...]]
    drafts: list[journal.Draft] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    touched_days: set[journal.AccountDay] = field(default_factory=set)
    placed_holds: list[PlacedHold] = field(default_factory=list)
    changed_holds: dict[str, Hold] = field(default_factory=dict)
    captures: list[tuple[int, int]] = field(default_factory=list)
    exchanges: list[tuple[int, Exchange]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    below_floor: dict[tuple[int, int], int] = field(default_factory=dict)
    audited: list[Row] = field(default_factory=list)

    @property
    def next_position(self) -> int:
        """Where the next entry will stand in the journal."""
        return self.state.head_position + len(self.drafts) + 1

    def rates_of(self, instant_us: int) -> DayRates | None:
        """The rates by which money is exchanged at an instant; None where there are none yet."""
        return self.rates[self.days[instant_us]]

    def exchange_fee_bp(self, payer: Account, instant_us: int) -> int:
        """What the product of the account that pays keeps of an exchange at an instant, in hundredths of a percent."""
        return rate_plans.exchange_fee_bp(self.plans.get(payer.key, ()), self.days[instant_us])

    def tell(self, event: Event, at_us: int) -> None:
        """Tell others that this has happened then; not of what is long past, as the history of a new world is."""
        if at_us >= self.bank_time - _TOLD_US:
            self.told.append(event)


class ResolvedOrder(NamedTuple):
    """An order whose names have become accounts and whose amount has become money.

    `taken_back` is how much of another entry it takes back, in the currency of that.
    """

    movement: Movement
    effective_at: int
    exchange: Exchange | None = None
    taken_back: Money | None = None

    def type_of(self, order: Order) -> str:
        """What kind of entry it makes: money that somebody changes for themselves is an exchange, no payment."""
        if self.exchange is None or order.type != TRANSFER:
            return order.type
        source, target = self.movement.source, self.movement.target
        is_own = source is not None and target is not None and source.owner_id == target.owner_id
        return EXCHANGE if is_own else order.type

    @property
    def amount(self) -> Money:
        """What the entry says was moved: in the payer's currency, or in that of what it takes back."""
        return self.movement.amount if self.taken_back is None else self.taken_back

    @property
    def seen_from(self) -> Account:
        """The account the reply is written for: the one that pays, else the one that receives."""
        account = self.movement.source or self.movement.target
        if account is None:
            raise Refused(NOT_FOUND)
        return account


def resolve(work: Work, order: Order) -> ResolvedOrder:
    """The movement that an order asks for. Raises Refused when it names what is not there or not the actor's."""
    if order.hold is not None:
        return _resolve_capture(work, order, order.hold)
    return _resolve_reversal(work, order) if order.type == REVERSAL else _resolve_movement(work, order)


def time_of(order: Order, bank_time: int) -> int:
    """When the order takes effect if it is carried out: the time that it names, else the bank's; microseconds."""
    return bank_time if order.effective_at is None else order.effective_at


def _resolve_movement(work: Work, order: Order) -> ResolvedOrder:
    rule, source_id = order.rule, order.source_id
    source = _own_account(work, order.actor, source_id) if source_id else None
    if rule.sides is Sides.TRANSFER:
        target: Account | None = _payable_account(work, order)
    else:
        target = _own_account(work, order.actor, order.target_id) if order.target_id else None
    _check_powers(order, source, target)
    effective_at = effective_at_of(work, order, source, target)
    account = source or target
    if account is None:
        raise Refused(NOT_FOUND)
    is_of_debt = order.type == CARD_PAYMENT or not order.amount
    asked_in = target.currency if order.is_of_what_arrives and target is not None else account.currency
    amount = _owed(order, target) if is_of_debt else money_of(order.amount or "", asked_in)
    if order.currency is not None and order.currency != account.currency:
        raise Refused(CURRENCY_MISMATCH, details={"currency": account.currency, "given": order.currency})
    spent = work.spent.get((source.key, work.days[effective_at]), 0) if source else 0
    bank_side = counter_account_id(order.type, account.currency)
    movement = Movement(
        amount,
        source,
        target,
        bank_side,
        spent,
        rule.is_limited,
        rule.is_forced,
        may_borrow=rule.may_borrow,
        needs_notice=order.needs_notice,
    )
    if target is not None and (order.quote_id or (rule.may_exchange and target.currency != account.currency)):
        exchange = _agreed(work, order, (account, target.currency), amount, effective_at)
        movement = movement._replace(amount=exchange.source, received=exchange.target)
        return ResolvedOrder(movement, effective_at, exchange)
    return ResolvedOrder(movement, effective_at)


def _owed(order: Order, target: Account | None) -> Money:
    """How much is paid of what is owed on a credit card, all of it where the order does not say: never more.

    No limit binds it for that, and the card lends it again when it is taken back. Raises Refused where nothing is owed
    (409), or less (400).
    """
    if order.type != CARD_PAYMENT or target is None:
        raise Refused(NOT_FOUND)
    owed_minor, currency = -target.balance_minor, target.currency
    amount = money_of(order.amount, currency) if order.amount else Money(owed_minor, currency)
    if owed_minor <= 0:
        raise Refused(NOTHING_OWED)
    if amount.minor > owed_minor:
        details = money.details_of(currency, owed=owed_minor, amount=amount.minor)
        raise Refused(MORE_THAN_OWED, details=details)
    return amount


def _agreed(work: Work, order: Order, between: tuple[Account, str], amount: Money, effective_at: int) -> Exchange:
    """What is taken and what arrives of an amount between two currencies: as quoted, else at the rate of the day."""
    payer, target_currency = between
    fee_bp = work.exchange_fee_bp(payer, effective_at)
    if order.quote_id is not None:
        quote, asks = work.quotes.get(order.quote_id), agreement.Payer(order.actor.user_id, payer.id, fee_bp)
        return agreement.by_quote(quote, asks, amount, target_currency, work.booked_at)
    terms = agreement.terms_of(work.rates_of(effective_at), payer.currency, target_currency, fee_bp=fee_bp)
    return agreement.at_rate(terms, amount, FixedSide.TARGET if order.is_of_what_arrives else FixedSide.SOURCE)


def not_reversible(original: journal.Original, message: str | None = None) -> Refused:
    """The refusal to give any of this back, with what it is and how much of it was given back before."""
    figures = money.details_of(original.entry.currency, reversed_amount=original.reversed_minor)
    return Refused(NOT_REVERSIBLE, message, {"type": str(original.entry.type), **figures})


def _resolve_reversal(work: Work, order: Order) -> ResolvedOrder:
    if order.reverses not in work.originals or not (order.actor.is_staff or order.actor.is_bank):
        raise Refused(NOT_FOUND)
    original = work.originals[order.reverses].entry
    if original.type in {REVERSAL, CHARGEBACK}:  # what a dispute gave back is taken again by its decision alone
        raise not_reversible(work.originals[order.reverses])
    dispute_id = work.cards.disputed.get(order.reverses)
    if dispute_id is not None:  # two people decide on that; and what they leave with the shop, it may refund itself
        raise Refused(PAYMENT_DISPUTED, details={"dispute_id": dispute_id})
    left_minor = work.originals[order.reverses].left_minor
    amount = money_of(order.amount, original.currency) if order.amount else Money(left_minor, original.currency)
    if not order.amount and left_minor == 0:
        raise not_reversible(work.originals[order.reverses], NOTHING_IS_LEFT)
    if not 0 < amount.minor <= left_minor:
        details = money.details_of(original.currency, available=left_minor, amount=amount.minor)
        raise Refused(REVERSAL_TOO_LARGE, details=details)
    source = work.accounts[original.to_account_id] if original.to_account_id else None
    target = work.accounts[original.from_account_id] if original.from_account_id else None
    if order.actor.is_bank and counter_account_id(original.type, original.currency):
        source = standing_in(source)
    if order.actor.is_bank and order.to_account_id:  # what paid is closed: its owner has named another
        target = work.accounts[order.to_account_id]
    if has_own_interest(order.actor, *(side.owner_id for side in (source, target) if side is not None)):
        raise Refused(OWN_INTEREST)
    is_forced = order.actor.is_bank  # what the bank itself takes back is due, whatever is left there
    return taking_back(work, order.reverses, amount, source, target, is_forced=is_forced)


def taking_back(
    work: Work,
    original_id: str,
    amount: Money,
    source: Account | None,
    target: Account | None,
    *,
    is_forced: bool = False,
) -> ResolvedOrder:
    """The movement that takes back this much of an entry; of an exchange, what both sides gave for it.

    `amount` may be in either of its currencies. Raises Refused for too small a part of an exchange.
    """
    original = work.originals[original_id]
    leaving, arriving, exchange = amount, amount, None
    if original.left is not None:
        exchange = agreement.back(original.left, amount)
        leaving, arriving = exchange.source, exchange.target
    of_bank = arriving if target is None else leaving
    movement = Movement(
        leaving,
        source,
        target,
        counter_account_id(original.entry.type, of_bank.currency),
        is_limited=False,
        is_forced=is_forced,
        received=None if exchange is None else arriving,
        may_borrow=original.entry.type == CARD_PAYMENT,  # all of that was owed, and is again
        is_claim=is_forced,
    )
    taken_back = next(each for each in (leaving, arriving) if each.currency == original.entry.currency)
    return ResolvedOrder(movement, work.bank_time, exchange, taken_back)


def standing_in(payer: Account | None) -> Account | None:
    """Who gives back what somebody was paid: the bank's own side (None) for an account that was closed meanwhile."""
    return None if payer is not None and payer.status == "closed" else payer


def _resolve_capture(work: Work, order: Order, request: HoldRequest) -> ResolvedOrder:
    hold = pending_hold(work, order)
    if hold.authorization_id is not None:
        raise Refused(HOLD_OF_CARD_PAYMENT, details={"authorization_id": hold.authorization_id})
    source = work.accounts[hold.account_id]
    target = _payable_account(work, order) if order.to_account_id else None
    if target is not None and has_own_interest(order.actor, target.owner_id):
        raise Refused(OWN_INTEREST)
    amount = amount_of_hold(order, hold)
    if not request.may_exceed:
        hold.check_holds(amount.minor)
    released = hold.released_by_capture(amount.minor, is_final=request.is_final)
    bank_side = counter_account_id(order.type, hold.currency)
    is_more = amount.minor > hold.remaining_minor  # what was held was, when the account had no notice yet
    movement = Movement(
        amount, source, target, bank_side, is_limited=False, released_minor=released, needs_notice=is_more
    )
    return ResolvedOrder(movement, work.bank_time)


def pending_hold(work: Work, order: Order) -> Hold:
    """The hold that the order names. Raises Refused when there is none for the actor to deal with, or it has ended."""
    hold = work.holds.get(order.hold.hold_id or "") if order.hold is not None else None
    if hold is None:
        raise Refused(NOT_FOUND)
    account_to_hold_on(work, order.actor, hold.account_id)
    hold.check_is_pending(work.bank_time)
    return hold


def account_to_hold_on(work: Work, actor: Actor, account_id: str | None) -> Account:
    """The account, for somebody who may hold money on it: staff, where it is not their own, and simulations."""
    account = _own_account(work, actor, account_id or "")
    if has_own_interest(actor, account.owner_id):
        raise Refused(OWN_INTEREST)
    return account


def amount_of_hold(order: Order, hold: Hold) -> Money:
    """How much of the hold the order is about: what it says, else all that is left."""
    return money_of(order.amount, hold.currency) if order.amount else Money(hold.remaining_minor, hold.currency)


def money_of(amount: str, currency: str) -> Money:
    """An amount as it was sent. Raises Refused (422) when it is none of this currency."""
    try:
        return parse_amount(amount, currency)
    except FieldError as error:
        raise invalid_fields({"amount": error.problem}) from None


def _own_account(work: Work, actor: Actor, account_id: str) -> Account:
    account = work.accounts.get(account_id)
    if account is None or not may_act_for(actor, account):
        raise Refused(NOT_FOUND)
    return account


def _check_powers(order: Order, source: Account | None, target: Account | None) -> None:
    """What the bank alone may post, and what its own people may not do where it concerns accounts of theirs."""
    actor = order.actor
    if actor.is_bank or (order.rule.is_public and not actor.is_staff):
        return
    sides = [side for side in (source, target) if side is not None]
    if not order.rule.is_public and not all(side.synthetic for side in sides):
        what = order.type.replace("_", " ")
        message = f"Only the bank itself makes movements of the type {what} on the account of a real customer."
        raise forbidden(message, role=actor.role)
    acts_as_staff = sides[0].owner_id != actor.user_id if sides else False
    if acts_as_staff and has_own_interest(actor, *(side.owner_id for side in sides)):
        raise Refused(OWN_INTEREST)


def _payable_account(work: Work, order: Order) -> Account:
    target_id = order.to_account_id or work.numbers.get(order.to_account_number or "")
    target = work.accounts.get(target_id or "")
    if target is None or not may_pay(order.actor, target):
        raise Refused(NOT_FOUND, "No account of this bank has that number or id.")
    return target


def effective_at_of(work: Work, order: Order, *sides: Account | None) -> int:
    """When the order takes effect. Raises Refused for a time that it may not name."""
    if order.effective_at is None:
        return time_of(order, work.bank_time)
    if not order.actor.is_bank and any(side is not None and not side.synthetic for side in sides):
        raise forbidden("Only the movements of synthetic customers can be given a time.", role=order.actor.role)
    if order.effective_at > work.bank_time:
        bank_time = clock.to_wire(work.bank_time)
        raise invalid("effective_at", "is in the future of the bank clock", code="in_the_future", bank_time=bank_time)
    return order.effective_at
