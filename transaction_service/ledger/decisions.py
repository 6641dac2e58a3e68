"""What the ledger decides: pure, no Flask, no SQL, no clock, no randomness.

`decide` looks at the accounts as they stand inside the write transaction and answers with the postings of the movement
or with the one refusal that stands in its way.
"""

from dataclasses import dataclass
from typing import NamedTuple

from shared.amounts.money import Money, details_of
from shared.enums import AccountType, InitiatorKind
from shared.refusals import NOT_FOUND, Refusal
from shared.service_refusals import (
    ACCOUNT_CLOSED,
    ACCOUNT_FROZEN,
    BALANCE_TOO_LARGE,
    CURRENCY_MISMATCH,
    INSUFFICIENT_FUNDS,
    MOVEMENT_LIMIT_EXCEEDED,
    NOTICE_REQUIRED,
    SAME_ACCOUNT,
)
from transaction_service.ledger.entry import Initiator, Posting
from transaction_service.ledger.movement_rules import position_account_id
from transaction_service.refusals import DAILY_LIMIT_EXCEEDED

MAX_BALANCE_MINOR = 10**17
"""Far below what a 64-bit number holds, so that no sum of a customer's balance can overflow."""
_CUSTOMER, _BANK, _APP, _STAFF = (
    kind.value for kind in (InitiatorKind.CUSTOMER, InitiatorKind.BANK, InitiatorKind.APP, InitiatorKind.STAFF)
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, as far as the ledger cares, and by which way. `simulates`: may act for synthetic customers.

    `acquires`: may ask for card payments, for the shops. `address` and `client` are where staff ask from and with what.
    """

    user_id: str
    is_staff: bool = False
    simulates: bool = False
    acquires: bool = False
    is_bank: bool = False
    is_service: bool = False
    name: str | None = None
    role: str | None = None
    session_id: str | None = None
    channel: str | None = None
    address: str | None = None
    client: str | None = None

    @property
    def principal(self) -> str:
        """In whose name idempotency keys are kept. The bank's own never stand beside a customer's (rule 18)."""
        return "bank" if self.is_bank else self.user_id

    def kind_for(self, owner_id: str) -> str:
        """As what they act on an account of this owner."""
        if self.user_id == owner_id:
            return _CUSTOMER
        if self.is_service:
            return _APP
        return _BANK if self.is_bank and not self.is_staff else _STAFF

    def initiator_for(self, owner_id: str) -> Initiator:
        """What entries keep of them, for a movement on an account of this owner."""
        return Initiator(self.user_id, self.kind_for(owner_id), self.name, self.role, self.session_id, self.channel)


@dataclass(slots=True)
class Account:
    """A customer's account as it stands inside one write transaction; the engine moves its balance along.

    `floor_passed_at`: the position at which it was taken below its floor, None while it is not below. What a credit
    card's account has below zero is lent for what is paid by card, and for nothing else. `notice_days`: so long
    beforehand what leaves it is arranged.
    """

    key: int
    id: str
    owner_id: str
    holder_name: str
    account_number: str
    currency: str
    status: str
    synthetic: int
    balance_minor: int
    held_minor: int
    floor_minor: int
    floor_passed_at: int | None
    movement_limit_minor: int
    daily_limit_minor: int
    account_type: str = AccountType.CHECKING.value
    notice_days: int = 0

    @property
    def available_minor(self) -> int:
        """What can be spent (LEDGER rule 6)."""
        return self.balance_minor - self.held_minor - self.floor_minor

    @property
    def own_minor(self) -> int:
        """The same without what a credit card's account is lent."""
        if self.account_type != AccountType.CREDIT:
            return self.available_minor
        return min(self.available_minor, self.balance_minor - self.held_minor)


class Movement(NamedTuple):
    """A movement to decide on: from `source` to `target`, where None is the bank's own side.

    `bank_account_id` is that side. `is_limited`: bound by the customer's limits. `is_forced`: may take the source below
    its floor. `may_borrow`: may spend what a credit card is lent. `spent_today_minor` is what already left the
    source on the movement's day. `released_minor` was held on the source for this movement, and is no longer.
    `received` reaches a target that is in another currency. `is_claim`: what is given back by right moves on a frozen
    account as well. `needs_notice`: does not leave an account with notice, as nobody arranged it beforehand.
    """

    amount: Money
    source: Account | None
    target: Account | None
    bank_account_id: str
    spent_today_minor: int = 0
    is_limited: bool = True
    is_forced: bool = False
    released_minor: int = 0
    received: Money | None = None
    may_borrow: bool = False
    is_claim: bool = False
    needs_notice: bool = False

    @property
    def arriving(self) -> Money:
        """What reaches the target."""
        return self.amount if self.received is None else self.received


def may_act_for(actor: Actor, account: Account) -> bool:
    """Whether the actor may move money out of the account, or put money into it from outside."""
    return may_act_for_owner(actor, account.owner_id, is_synthetic=bool(account.synthetic))


def may_act_for_owner(actor: Actor, owner_id: str, *, is_synthetic: bool) -> bool:
    """The same of any account of this owner."""
    return actor.is_bank or actor.is_staff or actor.user_id == owner_id or (actor.simulates and is_synthetic)


def has_own_interest(actor: Actor, *owner_ids: str | None) -> bool:
    """Whether somebody who acts with the rights of staff does so on what concerns an account of their own."""
    return actor.is_staff and actor.user_id in owner_ids


def may_pay(actor: Actor, target: Account) -> bool:
    """Whether the actor may transfer to the account: anyone may, but a simulation stays among its own."""
    return bool(target.synthetic) or not actor.simulates or actor.is_staff


def decide(movement: Movement) -> tuple[Posting, ...] | Refusal:
    """The postings of the movement (they sum to zero per currency), or why it is refused. Changes nothing."""
    refusal = _standing(movement) or _amounts(movement)
    if refusal is not None:
        return refusal
    amount, received = movement.amount, movement.received
    paid = _leg(movement, movement.source, -amount.minor, amount.currency)
    if received is None:
        return (paid, _leg(movement, movement.target, amount.minor, amount.currency))
    return (
        paid,
        Posting(position_account_id(amount.currency), amount.currency, amount.minor, None),
        Posting(position_account_id(received.currency), received.currency, -received.minor, None),
        _leg(movement, movement.target, received.minor, received.currency),
    )


def decide_hold(amount: Money, account: Account) -> Refusal | None:
    """Why this much cannot be held on the account; None when it can. Changes nothing.

    What is held may be captured at any time and to any account: so nothing that a credit card lends can be, and nothing
    of an account with notice.
    """
    if account.status == "closed":
        return ACCOUNT_CLOSED
    if account.status == "frozen":
        return ACCOUNT_FROZEN
    if account.notice_days:
        return NOTICE_REQUIRED
    return INSUFFICIENT_FUNDS if amount.minor > account.own_minor else None


def figures(movement: Movement, refusal: Refusal) -> dict[str, str]:
    """The figures behind a refusal, as decimal text; never those of an account that the actor may only pay."""
    source, minor, currency = movement.source, movement.amount.minor, movement.amount.currency
    payer = source or movement.target
    found: dict[str, int] = {}
    if refusal is MOVEMENT_LIMIT_EXCEEDED and payer is not None:
        found = {"limit": payer.movement_limit_minor, "amount": minor}
    elif refusal is DAILY_LIMIT_EXCEEDED and source is not None:
        limit, used = source.daily_limit_minor, movement.spent_today_minor
        found = {"limit": limit, "used": used, "available": max(limit - used, 0), "amount": minor}
    elif refusal is INSUFFICIENT_FUNDS and source is not None:
        found = {"available": max(_most_that_leaves(movement, source), 0), "amount": minor}
    elif refusal is BALANCE_TOO_LARGE:
        arriving = movement.arriving
        return details_of(arriving.currency, limit=MAX_BALANCE_MINOR, amount=arriving.minor)
    elif refusal is CURRENCY_MISMATCH and source is not None and movement.target is not None:
        return {"currency": movement.target.currency, "given": currency}
    if not found:
        return {}
    return details_of(currency, **found)


def _leg(movement: Movement, account: Account | None, signed_minor: int, currency: str) -> Posting:
    if account is None:
        return Posting(movement.bank_account_id, currency, signed_minor, None)
    return Posting(account.id, currency, signed_minor, account.balance_minor + signed_minor)


def _standing(movement: Movement) -> Refusal | None:
    source, target = movement.source, movement.target
    one, other = source or target, target or source  # the same where the bank is the other side
    if one is None or other is None:
        return NOT_FOUND
    if source is not None and target is not None and source.id == target.id:
        return SAME_ACCOUNT
    statuses = (one.status, other.status)
    if "closed" in statuses:
        return ACCOUNT_CLOSED
    if "frozen" in statuses and not movement.is_claim:
        return ACCOUNT_FROZEN
    return CURRENCY_MISMATCH if _is_in_another_currency(movement) else None


def _is_in_another_currency(movement: Movement) -> bool:
    """Whether an account would pay or get what is not in its currency; the bank has sides in all of them."""
    source, target = movement.source, movement.target
    return (source is not None and source.currency != movement.amount.currency) or (
        target is not None and target.currency != movement.arriving.currency
    )


def _amounts(movement: Movement) -> Refusal | None:
    source, target, minor = movement.source, movement.target, movement.amount.minor
    if movement.needs_notice and not movement.is_forced and source is not None and source.notice_days:
        return NOTICE_REQUIRED
    if movement.is_limited:
        payer = source or target
        if payer is not None and minor > payer.movement_limit_minor:
            return MOVEMENT_LIMIT_EXCEEDED
        if source is not None and movement.spent_today_minor + minor > source.daily_limit_minor:
            return DAILY_LIMIT_EXCEEDED
    if source is not None and minor > _most_that_leaves(movement, source):
        return INSUFFICIENT_FUNDS
    if target is not None and target.balance_minor + movement.arriving.minor > MAX_BALANCE_MINOR:
        return BALANCE_TOO_LARGE
    return None


def _most_that_leaves(movement: Movement, source: Account) -> int:
    """A forced movement stops only where sums could leave 64 bits. What was held for it, it gets in any case."""
    if movement.is_forced:
        return source.balance_minor + MAX_BALANCE_MINOR
    available_minor = source.available_minor if movement.may_borrow else source.own_minor
    return max(available_minor, 0) + movement.released_minor
