"""Placing, changing, pausing, resuming and cancelling standing orders and scheduled payments, each in one commit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from shared.amounts.money import Money, details_of
from shared.enums import FixedSide
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused
from shared.service_refusals import MOVEMENT_LIMIT_EXCEEDED, NOTICE_REQUIRED
from shared.time import clock
from shared.time.business_days import business_day, day_number, day_of_number, number_of_day
from transaction_service.due_work.queue import SCHEDULED_PAYMENT, STANDING_ORDER
from transaction_service.exchange import rates as exchange_rates
from transaction_service.holds.hold_rows import tell
from transaction_service.interest import rate_plans
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Account, has_own_interest, may_act_for_owner
from transaction_service.ledger.notice import first_day_with_notice, notice_details
from transaction_service.ledger.resolution import money_of
from transaction_service.orders import payment_order_rows as rows
from transaction_service.orders.arrangement import Arrangement, accounts_of
from transaction_service.orders.enums import OrderStatus
from transaction_service.orders.events import OrderChanged, OrderEvent, OrderFailed, OrderPlaced
from transaction_service.orders.payment_order import PaymentOrder
from transaction_service.orders.schedule import Schedule

_OF_THE_SCHEDULE = frozenset({"frequency", "first_on", "last_on", "execution_rule"})


class OrderTerms(NamedTuple):
    """What somebody orders: whom to pay from which account, how much, and when.

    The payee is named by `to_account_id` or `to_account_number`; `payee_name` is what the person calls them. The amount
    is what leaves, or with `fixed` of `target` what arrives.
    """

    from_account_id: str
    to_account_id: str | None
    to_account_number: str | None
    payee_name: str | None
    amount: str
    description: str
    end_to_end_id: str | None
    schedule: Schedule
    fixed: FixedSide = FixedSide.SOURCE


def place(arrangement: Arrangement, terms: OrderTerms) -> PaymentOrder:
    """A new order. Raises Refused for what could not be paid, and for days that have passed."""
    named = (terms.from_account_id, terms.to_account_id, terms.to_account_number)
    payer, payee = accounts_of(arrangement, *named, may_exchange=True)
    schedule = terms.schedule
    _check_days(schedule, arrangement.bank_time)
    currency = payer.currency if terms.fixed is FixedSide.SOURCE else payee.currency
    order = PaymentOrder(
        key=None,
        id=new_id(),
        kind=SCHEDULED_PAYMENT if schedule.frequency is None else STANDING_ORDER,
        payer_id=payer.id,
        owner_id=payer.owner_id,
        is_synthetic=payer.synthetic,
        payee_id=payee.id,
        payee_owner_id=payee.owner_id,
        payee_holder=payee.holder_name,
        payee_account_number=payee.account_number,
        payee_name=terms.payee_name,
        payee_number=terms.to_account_number,
        currency=currency,
        amount_minor=_payable(arrangement, terms.amount, payer, currency),
        description=terms.description,
        end_to_end_id=terms.end_to_end_id,
        frequency=schedule.frequency,
        execution_rule=schedule.execution_rule,
        first_day=number_of_day(schedule.first_on),
        last_day=None if schedule.last_on is None else number_of_day(schedule.last_on),
        status=OrderStatus.ACTIVE.value,
        next_day=None,
        attempts=0,
        created_at=arrangement.bank_time,
        ended_at=None,
        due_at=None,
        fixed=terms.fixed.value,
    )
    order.begin(arrangement.bank_time)
    _check_notice(arrangement, payer, order)
    initiator = arrangement.actor.initiator_for(order.owner_id)
    rows.add(arrangement.connection, order, initiator, arrangement.request_id)
    tell(arrangement.connection, [event_of(OrderPlaced, order, arrangement.bank_time)])
    return order


def change(arrangement: Arrangement, kind: str, order_id: str, changes: Mapping[str, Any]) -> PaymentOrder:
    """Change what is named: `amount`, `description` and the fields of a Schedule. What is due then is done as it says.

    New days count from now: nothing is made up for, and no day that something came of comes again. On an account with
    notice so does that, for other days and for more money. What leaves everything as it was is told to nobody.
    """
    order = _own(arrangement, kind, order_id)
    order.check_goes_on()
    before = replace(order)
    if "amount" in changes:
        payer, _ = accounts_of(arrangement, order.payer_id, order.payee_id, may_exchange=True)
        order.amount_minor = _payable(arrangement, changes["amount"], payer, order.currency)
    order.description = changes.get("description", order.description)
    if _OF_THE_SCHEDULE & changes.keys():
        _change_schedule(arrangement, order, changes)
    if _OF_THE_SCHEDULE & changes.keys() or order.amount_minor > before.amount_minor:
        _check_notice(arrangement, _payer_of(arrangement, order), order)
    return order if order == before else _kept(arrangement, order)


def pause(arrangement: Arrangement, order_id: str) -> PaymentOrder:
    """Pay nothing until it is resumed."""
    order = _own(arrangement, STANDING_ORDER, order_id)
    order.check_goes_on()
    if order.status == OrderStatus.PAUSED:
        return order
    order.pause()
    return _kept(arrangement, order)


def resume(arrangement: Arrangement, order_id: str) -> PaymentOrder:
    """Pay again from the next day on; what was left out is not made up for."""
    order = _own(arrangement, STANDING_ORDER, order_id)
    order.check_goes_on()
    if order.status == OrderStatus.ACTIVE:
        return order
    order.resume(arrangement.bank_time, rows.last_executed_day(arrangement.connection, order))
    _check_notice(arrangement, _payer_of(arrangement, order), order)
    return _kept(arrangement, order)


def cancel(arrangement: Arrangement, kind: str, order_id: str) -> PaymentOrder:
    """End it; one that was cancelled already is left as it is."""
    order = _own(arrangement, kind, order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    order.check_goes_on()
    order.end(OrderStatus.CANCELLED, arrangement.bank_time)
    return _kept(arrangement, order)


def cancel_all_from(connection: Connection, account_id: str, bank_time: int) -> None:
    """End whatever pays from an account that is being closed."""
    orders = rows.going_on_from(connection, account_id)
    for order in orders:
        order.end(OrderStatus.CANCELLED, bank_time)
    rows.change(connection, orders)
    tell(connection, [event_of(OrderChanged, order, bank_time) for order in orders])


def event_of(kind: type[OrderEvent], order: PaymentOrder, at_us: int, **more: str) -> OrderEvent:
    """The event that this has become of the order."""
    return kind(
        order_id=order.id,
        kind=order.kind,
        account_id=order.payer_id,
        user_id=order.owner_id,
        amount_minor=order.amount_minor,
        currency=order.currency,
        description=order.description,
        status=OrderStatus(order.status),
        happened_at=clock.to_wire(at_us),
        **more,
    )


def failure_of(order: PaymentOrder, at_us: int, due_on: date, error_code: str) -> OrderEvent:
    """The event that the order did not pay for this day."""
    return event_of(OrderFailed, order, at_us, due_on=due_on.isoformat(), error_code=error_code)


def _change_schedule(arrangement: Arrangement, order: PaymentOrder, changes: Mapping[str, Any]) -> None:
    before = order.schedule
    wanted = {name: changes[name] for name in _OF_THE_SCHEDULE & changes.keys()}
    schedule = Schedule(**{**vars(before), **wanted})
    if schedule.first_on != before.first_on:
        _check_days(schedule, arrangement.bank_time)
    elif schedule.first_day() is None:
        raise _without_a_day()
    order.frequency, order.execution_rule = schedule.frequency, schedule.execution_rule
    order.first_day = number_of_day(schedule.first_on)
    order.last_day = None if schedule.last_on is None else number_of_day(schedule.last_on)
    if order.kind == SCHEDULED_PAYMENT:
        order.begin(arrangement.bank_time)
    elif order.status == OrderStatus.ACTIVE:
        order.resume(arrangement.bank_time, rows.last_executed_day(arrangement.connection, order))


def _own(arrangement: Arrangement, kind: str, order_id: str) -> PaymentOrder:
    order = rows.locked(arrangement.connection, [order_id]).get(order_id) if order_id else None
    actor = arrangement.actor
    if order is None or order.kind != kind:
        raise Refused(NOT_FOUND)
    if not may_act_for_owner(actor, order.owner_id, is_synthetic=bool(order.is_synthetic)):
        raise Refused(NOT_FOUND)
    if order.owner_id != actor.user_id and has_own_interest(actor, order.payee_owner_id):
        raise Refused(OWN_INTEREST)
    return order


def _kept(arrangement: Arrangement, order: PaymentOrder) -> PaymentOrder:
    rows.change(arrangement.connection, [order])
    tell(arrangement.connection, [event_of(OrderChanged, order, arrangement.bank_time)])
    return order


def _payable(arrangement: Arrangement, amount: str, payer: Account, currency: str) -> int:
    """The amount in minor units of its currency. Raises Refused when the account could never pay as much at once.

    What arrives in another currency is taken for what it costs today; without a rate that is seen when it is paid.
    """
    wanted = money_of(amount, currency)
    costs_minor = _cost_minor(arrangement, payer, wanted)
    if costs_minor > payer.movement_limit_minor:
        details = details_of(payer.currency, limit=payer.movement_limit_minor, amount=costs_minor)
        raise Refused(MOVEMENT_LIMIT_EXCEEDED, details=details)
    return wanted.minor


def _cost_minor(arrangement: Arrangement, payer: Account, wanted: Money) -> int:
    if wanted.currency == payer.currency:
        return wanted.minor
    day = day_number(arrangement.bank_time)
    rates = exchange_rates.on(arrangement.connection, day)
    versions = rate_plans.with_fees_of(arrangement.connection, [payer.key]).get(payer.key, ())
    fee_bp = rate_plans.exchange_fee_bp(versions, day)
    terms = None if rates is None else rates.terms(payer.currency, wanted.currency, fee_bp=fee_bp)
    return 0 if terms is None else terms.source_minor(wanted.minor)


def _check_days(schedule: Schedule, bank_time: int) -> None:
    if schedule.first_on < business_day(bank_time):
        field = "execute_on" if schedule.frequency is None else "first_on"
        raise invalid(field, "must not lie in the past", code="in_the_past", today=business_day(bank_time).isoformat())
    if schedule.first_day() is None:
        raise _without_a_day()


def _payer_of(arrangement: Arrangement, order: PaymentOrder) -> Account:
    (payer,) = journal.lock_accounts(arrangement.connection, [order.payer_id])
    return payer


def _check_notice(arrangement: Arrangement, payer: Account, order: PaymentOrder) -> None:
    """Raises Refused (400) when the order would take money before the notice that the account needs is over."""
    if not payer.notice_days or order.next_day is None:
        return
    paid_on = order.schedule.execution_day(day_of_number(order.next_day))
    if number_of_day(paid_on) < first_day_with_notice(payer.notice_days, arrangement.bank_time):
        raise Refused(NOTICE_REQUIRED, details=notice_details(payer.notice_days, arrangement.bank_time))


def _without_a_day() -> Refused:
    return invalid("last_on", "must not lie before the first day", code="before_the_first")
