"""The SQL of standing orders and scheduled payments. Everything runs in a transaction that the caller opened.

When an active order pays next is its row of due work: both are written together.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, select, update

from shared.http.pagination import Key, Page, on_page
from shared.identifiers import is_id, new_id
from shared.storage.compact_columns import pack_uuid
from shared.storage.statements import Statement
from transaction_service.due_work import queue
from transaction_service.ledger import initiators
from transaction_service.ledger.entry import Initiator
from transaction_service.models import accounts, due_work, entries, order_executions, payment_orders
from transaction_service.orders.payment_order import PaymentOrder

_payer, _payee = accounts.alias("payer"), accounts.alias("payee")
_rows = payment_orders.c
_ORDERS = select(
    _rows.key,
    _rows.id,
    _rows.kind,
    _payer.c.id.label("payer_id"),
    _payer.c.owner_id,
    _payer.c.synthetic.label("is_synthetic"),
    _payee.c.id.label("payee_id"),
    _payee.c.owner_id.label("payee_owner_id"),
    _payee.c.holder_name.label("payee_holder"),
    _payee.c.account_number.label("payee_account_number"),
    *_rows["payee_name", "payee_number", "currency", "amount_minor", "description", "end_to_end_id", "frequency"],
    *_rows["execution_rule", "first_day", "last_day", "status", "next_day", "attempts", "created_at", "ended_at"],
    due_work.c.due_at,
    _rows.fixed,
).select_from(
    payment_orders.join(_payer, _payer.c.key == _rows.payer_key)
    .join(_payee, _payee.c.key == _rows.payee_key)
    .outerjoin(due_work, and_(due_work.c.kind == _rows.kind, due_work.c.subject_id == _rows.id))
)


class Execution(NamedTuple):
    """What came of an order on one of its days: the entry's position, or the code of the refusal."""

    order: PaymentOrder
    day: int
    amount_minor: int
    attempts: int
    position: int | None
    error_code: str | None
    executed_at: int


def add(connection: Connection, order: PaymentOrder, initiator: Initiator, request_id: str) -> None:
    """Write a new order, and when it pays."""
    keys = dict(
        connection.execute(
            select(accounts.c.id, accounts.c.key).where(accounts.c.id.in_([order.payer_id, order.payee_id]))
        ).all()
    )
    connection.execute(
        insert(payment_orders).values(
            **{name: getattr(order, name) for name in _WRITTEN},
            payer_key=keys[order.payer_id],
            payee_key=keys[order.payee_id],
            initiator_key=initiators.keys_of(connection, [initiator])[initiator],
            request_id=request_id,
        )
    )
    _schedule(connection, [order])


def change(connection: Connection, orders: Sequence[PaymentOrder]) -> None:
    """Write what has become of orders, and when they pay next: in place of what was due before."""
    if not orders:
        return
    _CHANGE.run(connection, [(*_changed(one), one.key) for one in orders])
    for kind in {order.kind for order in orders}:
        queue.cancel(connection, kind, [order.id for order in orders if order.kind == kind])
    _schedule(connection, orders)


_CHANGED = (
    *("amount_minor", "description", "frequency", "execution_rule", "first_day", "last_day"),
    *("status", "next_day", "attempts", "ended_at"),
)
_WRITTEN = ("id", "kind", "payee_name", "payee_number", "currency", "end_to_end_id", "created_at", "fixed", *_CHANGED)
_changed = attrgetter(*_CHANGED)
_CHANGE = Statement(
    update(payment_orders)
    .where(payment_orders.c.key == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED}),
    *(f"new_{name}" for name in _CHANGED),
    "row",
)
_EXECUTED = Statement(
    insert(order_executions),
    *("id", "order_key", "day", "amount_minor", "attempts", "position", "error_code", "executed_at"),
)


def locked(connection: Connection, ids: Iterable[str]) -> dict[str, PaymentOrder]:
    """Orders by their ids, locked; unknown ones are absent."""
    wanted = sorted(set(ids))
    rows = connection.execute(
        _ORDERS.where(_rows.id.in_(wanted)).order_by(_rows.key).with_for_update(of=payment_orders)
    )
    return {row.id: _order(row) for row in rows}


def going_on_from(connection: Connection, account_id: str) -> list[PaymentOrder]:
    """The orders that pay from an account and have not ended, locked."""
    query = _ORDERS.where(_payer.c.id == account_id, _rows.ended_at.is_(None)).order_by(_rows.key)
    return [_order(row) for row in connection.execute(query.with_for_update(of=payment_orders))]


def one(connection: Connection, kind: str, order_id: str, *, owner_id: str | None) -> PaymentOrder | None:
    """An order; None when there is none that the reader may see."""
    if not is_id(order_id):
        return None
    row = connection.execute(_seen(kind, owner_id).where(_rows.id == order_id)).first()
    return None if row is None else _order(row)


def page_of(
    connection: Connection, page: Page, *, kind: str, owner_id: str | None, account_id: str | None, status: str | None
) -> list[PaymentOrder]:
    """Orders, newest first, and one more where another page follows; with an owner, those from their accounts."""
    query = _seen(kind, owner_id)
    if account_id is not None:
        query = query.where(_payer.c.id == account_id)
    if status is not None:
        query = query.where(_rows.status == status)
    return [_order(row) for row in connection.execute(on_page(query, _rows.created_at, _rows.id, page))]


def last_executed_day(connection: Connection, order: PaymentOrder) -> int | None:
    """The last of its days that something came of."""
    query = select(func.max(order_executions.c.day)).where(order_executions.c.order_key == order.key)
    found: int | None = connection.execute(query).scalar()
    return found


def add_executions(connection: Connection, executions: Sequence[Execution]) -> None:
    """Keep what came of orders; an order that something came of on that day already fails here."""
    if executions:
        _EXECUTED.run(connection, [(pack_uuid(new_id()), order.key, *facts) for order, *facts in executions])


def place_of_execution(connection: Connection, order: PaymentOrder, execution_id: str) -> Key | None:
    """The sort key of something that came of an order; None when nothing of it has this id."""
    columns = order_executions.c
    query = select(columns.executed_at, columns.id).where(columns.order_key == order.key, columns.id == execution_id)
    row = connection.execute(query).first()
    return None if row is None else (row.executed_at, row.id)


def executions_page(connection: Connection, order: PaymentOrder, page: Page) -> list[Any]:
    """What came of an order, newest first, and one row more where another page follows."""
    columns = order_executions.c
    query = (
        select(
            *columns["id", "day", "amount_minor", "attempts", "error_code", "executed_at"],
            entries.c.id.label("entry_id"),
        )
        .outerjoin_from(order_executions, entries, entries.c.position == columns.position)
        .where(columns.order_key == order.key)
    )
    return list(connection.execute(on_page(query, columns.executed_at, columns.id, page)))


def _order(row: Any) -> PaymentOrder:
    return PaymentOrder(*row)


def _seen(kind: str, owner_id: str | None) -> Select[Any]:
    query = _ORDERS.where(_rows.kind == kind)
    return query if owner_id is None else query.where(_payer.c.owner_id == owner_id)


def _schedule(connection: Connection, orders: Sequence[PaymentOrder]) -> None:
    for kind in {order.kind for order in orders}:
        due = [(one.id, one.due_at) for one in orders if one.kind == kind and one.due_at is not None]
        queue.schedule(connection, kind, due)
