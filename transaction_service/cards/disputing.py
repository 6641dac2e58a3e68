"""A holder disputes a card payment: the money is back at once, and goes again when it is decided against them.

Until then the network is out of the money. Decided for the holder, it has it back from who was paid: from the account
of a shop of this bank, forced, below its floor if need be; from a shop elsewhere by that one's bank.
"""

from datetime import timedelta

from shared.amounts.money import Money
from shared.card_enums import DISPUTE_DAYS, AuthorizationEventType, DisputeStatus
from shared.http.json_parsing import render
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refusal, Refused
from shared.time import clock
from shared.time.business_days import business_day, day_end_us
from transaction_service.cards.authorization_rows import Dispute
from transaction_service.cards.card import CardAction, CardRequest
from transaction_service.cards.clearing import PURCHASES, told
from transaction_service.cards.events import DisputeOpened, DisputeResolved, dispute_event
from transaction_service.cards.serializers import dispute_object
from transaction_service.ledger.booking import book
from transaction_service.ledger.decisions import Movement, decide, has_own_interest, may_act_for
from transaction_service.ledger.journal import Original
from transaction_service.ledger.movement_rules import CHARGEBACK, counter_account_id
from transaction_service.ledger.orders import COMPLETED, Order, Outcome
from transaction_service.ledger.resolution import ResolvedOrder, Work, standing_in, taking_back
from transaction_service.ledger.serializers import reference
from transaction_service.refusals import DISPUTE_RESOLVED, DISPUTE_TOO_LATE, NOT_DISPUTABLE

_CREATED, _OK = 201, 200


def carry_out(work: Work, order: Order, request: CardRequest) -> Outcome:
    """Open a dispute, or decide one. Raises Refused."""
    is_new = request.action is CardAction.DISPUTE
    dispute = _open(work, order) if is_new else _resolve(work, order, request)
    shown = dispute_object(dispute, for_staff=order.actor.is_staff)
    return Outcome(COMPLETED, _CREATED if is_new else _OK, render(shown))


def _open(work: Work, order: Order) -> Dispute:
    original, link = work.originals.get(order.reverses or ""), work.cards.links.get(order.reverses or "")
    account = None if original is None else work.accounts.get(original.entry.from_account_id or "")
    if original is None or account is None or not may_act_for(order.actor, account):
        raise Refused(NOT_FOUND)
    shop = work.accounts.get(original.entry.to_account_id or "")
    if has_own_interest(order.actor, account.owner_id, None if shop is None else shop.owner_id):
        raise Refused(OWN_INTEREST)
    left = original.left_minor
    is_new = original.entry.id not in work.cards.disputed
    is_own = shop is not None and shop.owner_id == account.owner_id
    if link is None or original.entry.type not in PURCHASES or left <= 0 or not is_new or is_own:
        raise Refused(NOT_DISPUTABLE)
    until = disputable_until(original.entry.effective_at)
    if work.bank_time >= until:
        raise Refused(DISPUTE_TOO_LATE, details={"until": clock.to_wire(until)})
    resolved = taking_back(work, original.entry.id, Money(left, account.currency), None, account)
    words = _words_of(original.entry.id)
    credit = _booked(work, order._replace(description=words, category=original.entry.category), resolved)
    work.cards.new_links.append((work.next_position - 1, link))
    if link.authorization_id is not None:
        work.cards.note(told(work, link.authorization_id, AuthorizationEventType.DISPUTED, resolved.movement))
    by = order.actor.initiator_for(account.owner_id)
    dispute = Dispute(
        id=new_id(),
        entry_id=original.entry.id,
        credit_id=credit,
        account_id=account.id,
        amount_minor=left,
        currency=account.currency,
        reason=order.description,
        status=DisputeStatus.OPEN.value,
        created_at=work.bank_time,
        resolved_at=None,
        shop_id=None if shop is None else shop.id,
        shop_owner_id=None if shop is None else shop.owner_id,
        opener_id=by.user_id,
        opener_kind=by.kind or "",
        opener_name=by.name,
    )
    work.cards.disputed[original.entry.id] = dispute.id
    work.cards.new_disputes.append((dispute, original.position, work.next_position - 1))
    work.told.append(dispute_event(DisputeOpened, dispute, account, link.merchant.name, work.bank_time))
    return dispute


def disputable_until(posted_at: int) -> int:
    """The first instant at which what was posted at this one is not disputed any more."""
    return day_end_us(business_day(posted_at) + timedelta(days=DISPUTE_DAYS))


def _resolve(work: Work, order: Order, request: CardRequest) -> Dispute:
    dispute = work.cards.disputes.get(request.dispute_id or "")
    if dispute is None or not order.actor.is_staff:
        raise Refused(NOT_FOUND)
    account = work.accounts[dispute.account_id]
    if has_own_interest(order.actor, account.owner_id, dispute.shop_owner_id):
        raise Refused(OWN_INTEREST)
    if dispute.opener_id == order.actor.user_id:  # four eyes: nobody gives money back and lets it stay there alone
        raise Refused(OWN_INTEREST, "Somebody else who works here has to decide this: you opened it for the holder.")
    if dispute.status != DisputeStatus.OPEN:
        raise Refused(DISPUTE_RESOLVED, details={"status": dispute.status})
    status = DisputeStatus.WON if request.wins else DisputeStatus.LOST
    credit = work.originals[dispute.credit_id]
    left = Money(credit.left_minor, account.currency)
    debit_id = None
    if request.wins:
        debit_id = _charged_back(work, order, dispute, credit)
    elif left.minor > 0:
        taken = taking_back(work, credit.entry.id, left, account, None, is_forced=True)
        _booked(work, order._replace(description=_words_of(dispute.entry_id)), taken)
    by = order.actor.initiator_for(account.owner_id)
    resolved = dispute._replace(
        status=status.value,
        resolved_at=work.bank_time,
        decider_kind=by.kind,
        decider_name=by.name,
        debit_id=debit_id,
    )
    work.cards.disputes[dispute.id] = resolved
    work.cards.resolved.append((resolved, by, None if debit_id is None else work.next_position - 1))
    merchant_name = work.cards.links[dispute.credit_id].merchant.name
    work.told.append(dispute_event(DisputeResolved, resolved, account, merchant_name, work.bank_time))
    return resolved


def _charged_back(work: Work, order: Order, dispute: Dispute, credit: Original) -> str | None:
    """Take what was given back from the account of a shop of this bank; the id of the entry, None where there is none.

    It is taken in the shop's currency, what the credit cost, and reverses nothing: the credit has done that.
    """
    shop = standing_in(work.accounts.get(dispute.shop_id or ""))
    if shop is None:
        return None
    amount = Money(credit.left_minor, credit.entry.currency) if credit.left is None else credit.left.source
    bank_side = counter_account_id(CHARGEBACK, amount.currency)
    movement = Movement(amount, shop, None, bank_side, is_limited=False, is_forced=True, is_claim=True)
    words = _words_of(dispute.entry_id)
    debit = order._replace(type=CHARGEBACK, reverses=None, description=words, category=credit.entry.category)
    return _booked(work, debit, ResolvedOrder(movement, work.bank_time))


def _words_of(entry_id: str) -> str:
    """What the books say that money moved for: the payment, and not why its holder disputes it, which is theirs."""
    return f"Disputed card payment {reference(entry_id)}"


def _booked(work: Work, order: Order, resolved: ResolvedOrder) -> str:
    """The id of the entry. Raises Refused where the account can take none."""
    legs = decide(resolved.movement)
    if isinstance(legs, Refusal):
        raise Refused(legs)
    return book(work, order, resolved, legs).id
