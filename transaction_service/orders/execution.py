"""What orders pay when their time has come: entry, execution and the next day's work in one commit."""

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from shared.amounts import money
from shared.enums import Channel, FixedSide
from shared.events.event_feed import Event
from shared.service_refusals import INSUFFICIENT_FUNDS
from shared.time.business_days import day_of_number
from transaction_service.due_work.queue import STANDING_ORDER, Due
from transaction_service.holds.hold_rows import tell
from transaction_service.ledger import movement_rules, movements
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.entry import PAYS_ORDERS
from transaction_service.ledger.journal import DriftError
from transaction_service.ledger.orders import Order, Outcome
from transaction_service.models import accounts, entries
from transaction_service.orders import payment_order_rows as rows
from transaction_service.orders.enums import OrderStatus
from transaction_service.orders.events import OrderChanged
from transaction_service.orders.payment_order import PaymentOrder
from transaction_service.orders.payment_order_rows import Execution
from transaction_service.orders.payment_orders import event_of, failure_of

BANK = Actor(PAYS_ORDERS, is_bank=True, channel=Channel.BANK.value)
"""In whose name what was arranged beforehand is paid."""


class Paid(NamedTuple):
    """What came of one payment: its entry, the position and the amount of that, or the code of its refusal."""

    position: int | None
    error_code: str | None
    entry_id: str | None = None
    details: Mapping[str, Any] = MappingProxyType({})
    amount_minor: int | None = None


def due_at_once(due: Sequence[Due]) -> list[Due]:
    """Of work in order of its time, what is due at the first instant: what it brings may come before the rest."""
    return [work for work in due if work.due_at == due[0].due_at]


def execute_orders(now_us: Callable[[], int], connection: Connection, due: Sequence[Due]) -> None:
    """Pay what is due first. Raises DriftError where an order is not active that has work."""
    at_us, ids = due[0].due_at, [work.subject_id for work in due_at_once(due)]
    found = rows.locked(connection, ids)
    orders = [found[order_id] for order_id in ids if order_id in found]
    if len(orders) < len(ids) or any(order.status != OrderStatus.ACTIVE for order in orders):
        raise DriftError("an order was still to pay that had ended")
    told: list[Event] = []
    executions: list[Execution] = []
    came = pay(connection, [_payment(one, at_us) for one in orders], now_us())
    failed = [order for order, paid in zip(orders, came, strict=True) if paid.error_code is not None]
    used_up = _on_accounts_with_notice(connection, failed)
    for order, paid in zip(orders, came, strict=True):
        if paid.error_code == INSUFFICIENT_FUNDS.code and order.try_again(at_us):
            continue
        day = order.next_day or 0
        facts = (day, order.amount_minor, order.attempts + 1, paid.position, paid.error_code, at_us)
        executions.append(Execution(order, *facts))
        if order.id in used_up:
            order.end(OrderStatus.FAILED, at_us)
        else:
            order.go_on(at_us, has_paid=paid.position is not None)
        if paid.error_code is not None:
            told.append(failure_of(order, at_us, day_of_number(day), paid.error_code))
        elif order.status != OrderStatus.ACTIVE:
            told.append(event_of(OrderChanged, order, at_us))
    rows.change(connection, orders)
    rows.add_executions(connection, executions)
    tell(connection, told)


def _on_accounts_with_notice(connection: Connection, failed: Sequence[PaymentOrder]) -> set[str]:
    """Those of the orders that end as they fail: notice is given for a day, and not for whenever there is money."""
    if not failed:
        return set()
    payers = [order.payer_id for order in failed]
    query = select(accounts.c.id).where(accounts.c.id.in_(payers), accounts.c.notice_days > 0)
    with_notice = set(connection.execute(query).scalars())
    return {order.id for order in failed if order.payer_id in with_notice}


def pay(connection: Connection, payments: Sequence[Order], now_us: int) -> list[Paid]:
    """Post the bank's own orders in the caller's commit; what came of each."""
    outcomes = movements.post(connection, payments, now_us=now_us)
    ids = {json.loads(outcome.body)["id"] for outcome in outcomes if outcome.succeeded}
    query = select(entries.c.id, entries.c.position, entries.c.amount_minor).where(entries.c.id.in_(ids))
    made = {row.id: row for row in connection.execute(query)} if ids else {}
    return [_came_of(outcome, made) for outcome in outcomes]


def _came_of(outcome: Outcome, made: Mapping[str, Any]) -> Paid:
    body = json.loads(outcome.body)
    if not outcome.succeeded:
        return Paid(None, body["error_code"], details=body["details"])
    entry = made[body["id"]]
    return Paid(entry.position, None, entry.id, amount_minor=entry.amount_minor)


def _payment(order: PaymentOrder, at_us: int) -> Order:
    is_repeated = order.kind == STANDING_ORDER
    return Order(
        actor=BANK,
        type=movement_rules.STANDING_ORDER if is_repeated else movement_rules.TRANSFER,
        amount=money.to_text(order.amount_minor, order.currency),
        request_id=order.id,
        from_account_id=order.payer_id,
        to_account_id=order.payee_id,
        description=order.description,
        effective_at=at_us,
        idempotency_key=f"{order.kind}:{order.id}:{order.next_day}:{order.attempts}",
        end_to_end_id=order.end_to_end_id,
        is_arranged=True,
        is_of_what_arrives=order.fixed == FixedSide.TARGET,
    )
