"""Payments arranged beforehand: what came of each against its entries, and what is to come against the work due."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, or_, select

from shared.enums import FixedSide, LedgerAccountStatus
from shared.storage.database import Database
from transaction_service.due_work import queue
from transaction_service.ledger import movement_rules
from transaction_service.models import (
    accounts,
    collections,
    due_work,
    entries,
    exchanges,
    mandates,
    order_executions,
    payment_orders,
)
from transaction_service.orders.enums import CollectionStatus, OrderStatus
from transaction_service.proof.finding import Finding

DERIVED = "derived rows equal entries"
_PAID_ONCE = (movement_rules.TRANSFER, movement_rules.EXCHANGE)
_refund, _before = entries.alias("refund"), entries.alias("before")
_taken_back_before = (
    select(func.coalesce(func.sum(_before.c.amount_minor), 0))
    .where(_before.c.reverses == collections.c.position, _before.c.position < collections.c.refund_position)
    .correlate(collections)
    .scalar_subquery()
)
"""What staff had taken back of a collection before it was refunded: the refund is all that was left."""
_ordered_minor = case(
    (payment_orders.c.fixed == FixedSide.TARGET.value, func.coalesce(exchanges.c.target_minor, entries.c.amount_minor)),
    else_=entries.c.amount_minor,
)
"""What an entry moved of what was ordered: what left, or what arrived."""

_debtor, _payee = accounts.alias("debtor"), accounts.alias("payee")
_came_back_to_another = (
    select(_payee.c.key)
    .where(_payee.c.key == _refund.c.payee_key, _payee.c.owner_id == _debtor.c.owner_id)
    .where(_debtor.c.key == mandates.c.debtor_key, _debtor.c.status == LedgerAccountStatus.CLOSED)
    .correlate(_refund, mandates)
    .exists()
)
"""Whether a refund came to another account of the debtor's, as the one that paid is closed."""


def findings(database: Database) -> list[Finding]:
    """Every order, mandate and collection that does not fit its entries or its work; empty when all is well."""
    with database.read() as connection:
        return [Finding(DERIVED, row.id, detail) for query, detail in _CHECKS for row in connection.execute(query)]


def _paid_unlike_its_entry() -> Select[Any]:
    """Orders of which an execution does not stand beside the payment that it says it was."""
    order, execution = payment_orders.c, order_executions.c
    is_the_payment = and_(
        entries.c.position == execution.position,
        entries.c.payer_key == order.payer_key,
        entries.c.payee_key == order.payee_key,
        _ordered_minor == execution.amount_minor,
        or_(
            and_(order.kind == queue.STANDING_ORDER, entries.c.type == movement_rules.STANDING_ORDER),
            and_(order.kind == queue.SCHEDULED_PAYMENT, entries.c.type.in_(_PAID_ONCE)),
        ),
    )
    paid = entries.outerjoin(exchanges, exchanges.c.position == entries.c.position)
    rows = payment_orders.join(order_executions, execution.order_key == order.key).outerjoin(paid, is_the_payment)
    return select(order.id).select_from(rows).where(execution.position.is_not(None), entries.c.position.is_(None))


def _collected_unlike_its_entry() -> Select[Any]:
    """Collections that do not stand beside the payment, and the refund, that they say there was."""
    mandate, collection = mandates.c, collections.c
    is_the_payment = and_(
        entries.c.position == collection.position,
        entries.c.payer_key == mandate.debtor_key,
        entries.c.payee_key == mandate.creditor_key,
        entries.c.amount_minor == collection.amount_minor,
        entries.c.type == movement_rules.DIRECT_DEBIT,
    )
    is_the_refund = and_(
        _refund.c.position == collection.refund_position,
        _refund.c.reverses == collection.position,
        or_(_refund.c.payee_key == mandate.debtor_key, _came_back_to_another),
        _refund.c.amount_minor == collection.amount_minor - _taken_back_before,
        or_(_refund.c.payer_key == mandate.creditor_key, _refund.c.payer_key.is_(None)),
    )
    rows = (
        collections.join(mandates, mandate.key == collection.mandate_key)
        .outerjoin(entries, is_the_payment)
        .outerjoin(_refund, is_the_refund)
    )
    is_unpaid = and_(collection.position.is_not(None), entries.c.position.is_(None))
    is_unrefunded = and_(collection.refund_position.is_not(None), _refund.c.position.is_(None))
    return select(collection.id).select_from(rows).where(or_(is_unpaid, is_unrefunded))


def _unlike_its_work(table: Table, kind: str | ColumnElement[str], goes_on: ColumnElement[bool]) -> Select[Any]:
    """Rows that go on and have no work, and those that have work and are over. No subject has two of a kind."""
    is_its_own = and_(due_work.c.subject_id == table.c.id, due_work.c.kind == kind)
    return (
        select(table.c.id)
        .select_from(table.outerjoin(due_work, is_its_own))
        .where(or_(and_(goes_on, due_work.c.key.is_(None)), and_(~goes_on, due_work.c.key.is_not(None))))
    )


def _work_on_nothing(table: Table, *kinds: str) -> Select[Any]:
    return (
        select(due_work.c.subject_id.label("id"))
        .select_from(due_work.outerjoin(table, table.c.id == due_work.c.subject_id))
        .where(due_work.c.kind.in_(kinds), table.c.id.is_(None))
    )


_is_active = payment_orders.c.status == OrderStatus.ACTIVE.value
_is_scheduled = collections.c.status == CollectionStatus.SCHEDULED.value
_CHECKS: tuple[tuple[Select[Any], str], ...] = (
    (_paid_unlike_its_entry(), "was carried out, and the entry is not of that payment"),
    (_collected_unlike_its_entry(), "was collected or refunded, and the entry is not of that"),
    (_unlike_its_work(payment_orders, payment_orders.c.kind, _is_active), "pays, or has ended, unlike what is due"),
    (_unlike_its_work(mandates, queue.MANDATE_EXPIRY, mandates.c.ended_at.is_(None)), "expires unlike what is due"),
    (_unlike_its_work(collections, queue.DIRECT_DEBIT, _is_scheduled), "is collected, or over, unlike what is due"),
    (_work_on_nothing(payment_orders, queue.STANDING_ORDER, queue.SCHEDULED_PAYMENT), "is due, and no order"),
    (_work_on_nothing(mandates, queue.MANDATE_EXPIRY), "is due to expire, and no mandate"),
    (_work_on_nothing(collections, queue.DIRECT_DEBIT), "is due, and no collection"),
)
