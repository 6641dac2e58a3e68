"""Placing holds and giving them back, and what captures leave of them, inside the commit that moves money too."""

from collections.abc import Mapping

from sqlalchemy import Connection

from shared.amounts.money import details_of
from shared.card_enums import AuthorizationEventType
from shared.enums import HoldStatus
from shared.http.json_parsing import render
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import CURRENCY_MISMATCH, INSUFFICIENT_FUNDS, NOTICE_REQUIRED
from transaction_service.cards.authorization import AuthorizationStep
from transaction_service.cards.steps import take_step
from transaction_service.holds import hold_rows
from transaction_service.holds.events import HoldCaptured, HoldPlaced, HoldRaised, HoldVoided, hold_event
from transaction_service.holds.hold import Hold, HoldAction, HoldRequest
from transaction_service.holds.hold_rows import PlacedHold
from transaction_service.holds.serializers import hold_object
from transaction_service.ledger.decisions import Account, decide_hold
from transaction_service.ledger.entry import Initiator
from transaction_service.ledger.journal import DriftError
from transaction_service.ledger.notice import notice_details
from transaction_service.ledger.orders import COMPLETED, Order, Outcome
from transaction_service.ledger.resolution import (
    Work,
    account_to_hold_on,
    amount_of_hold,
    money_of,
    pending_hold,
)
from transaction_service.refusals import HOLD_OF_CARD_PAYMENT

_CREATED, _OK = 201, 200


def carry_out(work: Work, order: Order) -> Outcome:
    """Place a hold, or give it or a part of it back; the reply says how the hold stands then. Raises Refused."""
    request = order.hold
    if request is not None and request.action is HoldAction.PLACE:
        return Outcome(COMPLETED, _CREATED, render(hold_object(_place(work, order, request))))
    return Outcome(COMPLETED, _OK, render(hold_object(_void(work, order))))


def place(
    work: Work, account: Account, minor: int, order: Order, *, span_us: int, authorization_id: str | None = None
) -> Hold:
    """Hold this much on the account, which has it available, from now on; for what the order says."""
    hold = Hold(
        key=None,
        id=new_id(),
        account_id=account.id,
        owner_id=account.owner_id,
        authorization_id=authorization_id,
        currency=account.currency,
        amount_minor=minor,
        captured_minor=0,
        remaining_minor=minor,
        status=HoldStatus.PENDING.value,
        description=order.description,
        expires_at=work.bank_time + span_us,
        created_at=work.bank_time,
        ended_at=None,
    )
    account.held_minor += minor
    work.placed_holds.append(PlacedHold(hold, order.actor.initiator_for(account.owner_id), order.request_id))
    work.told.append(hold_event(HoldPlaced, hold, minor, work.bank_time))
    return hold


def add_to(work: Work, hold: Hold, minor: int) -> None:
    """Hold this much more, which the account has available."""
    hold.increase(minor)
    work.accounts[hold.account_id].held_minor += minor
    work.changed_holds[hold.id] = hold
    work.told.append(hold_event(HoldRaised, hold, minor, work.bank_time))


def give_back(work: Work, hold: Hold, minor: int, original_minor: int | None = None) -> None:
    """Give this much back; `original_minor` of the shop's currency. Raises Refused (400) when the hold holds less."""
    hold.check_holds(minor)
    hold.release(minor, HoldStatus.VOIDED, work.bank_time)
    work.changed_holds[hold.id] = hold
    work.told.append(hold_event(HoldVoided, hold, minor, work.bank_time))
    _note(work, hold, AuthorizationEventType.REVERSED, (minor, original_minor), work.bank_time)
    account = work.accounts[hold.account_id]
    account.held_minor -= minor
    if account.available_minor >= 0:
        account.floor_passed_at = None


def take(work: Work, hold_id: str, amount_minor: int, *, is_final: bool, original_minor: int | None = None) -> None:
    """An entry, the last one drafted, has taken this much of the hold: `original_minor` of the shop's currency."""
    taken_at = work.drafts[-1].entry.effective_at
    hold = work.holds[hold_id]
    hold.capture(amount_minor, work.bank_time, is_final=is_final)
    work.changed_holds[hold.id] = hold
    work.told.append(hold_event(HoldCaptured, hold, amount_minor, work.bank_time))
    _note(work, hold, AuthorizationEventType.CAPTURED, (amount_minor, original_minor), taken_at)
    if hold.key is not None:
        work.captures.append((work.next_position - 1, hold.key))


def _note(work: Work, hold: Hold, kind: AuthorizationEventType, amounts: tuple[int, int | None], at_us: int) -> None:
    """What of a card payment's hold is gone: of the account's currency, and of the shop's where it is another."""
    if hold.authorization_id is not None:
        minor, original_minor = amounts
        original = minor if original_minor is None else original_minor
        take_step(work, AuthorizationStep(hold.authorization_id, kind, minor, original, at_us))


def store(
    connection: Connection, work: Work, account_keys: Mapping[str, int], initiator_keys: Mapping[Initiator, int]
) -> None:
    """Write what has become of holds. Raises DriftError where one was not pending any more under the lock."""
    hold_rows.add(connection, work.placed_holds, account_keys, initiator_keys)
    if not hold_rows.change(connection, list(work.changed_holds.values())):
        raise DriftError("a hold ended under the lock")
    hold_rows.link(connection, work.captures)
    hold_rows.tell(connection, work.told)


def _place(work: Work, order: Order, request: HoldRequest) -> Hold:
    account = account_to_hold_on(work, order.actor, order.account_id)
    if order.amount is None:
        raise Refused(NOT_FOUND)
    amount = money_of(order.amount, account.currency)
    if order.currency is not None and order.currency != account.currency:
        raise Refused(CURRENCY_MISMATCH, details={"currency": account.currency, "given": order.currency})
    refusal = decide_hold(amount, account)
    if refusal is INSUFFICIENT_FUNDS:
        available = max(account.own_minor, 0)
        raise Refused(refusal, details=details_of(account.currency, available=available, amount=amount.minor))
    if refusal is NOTICE_REQUIRED:
        raise Refused(refusal, details=notice_details(account.notice_days, work.bank_time))
    if refusal is not None:
        raise Refused(refusal)
    return place(work, account, amount.minor, order, span_us=request.span_us)


def _void(work: Work, order: Order) -> Hold:
    hold = pending_hold(work, order)
    amount = amount_of_hold(order, hold)
    authorization = work.cards.authorizations.get(hold.authorization_id or "")
    if authorization is None or authorization.terms is None:
        give_back(work, hold, amount.minor)
    elif amount.minor == hold.remaining_minor:
        give_back(work, hold, amount.minor, authorization.progress.left_minor)
    else:
        raise Refused(HOLD_OF_CARD_PAYMENT, details={"authorization_id": authorization.id})
    return hold
