"""Direct debits and mandates when their time has come: collected or returned, expired, each in one commit."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection

from shared.amounts import money
from shared.events.event_feed import Event
from shared.service_refusals import ACCOUNT_CLOSED, ACCOUNT_FROZEN, INSUFFICIENT_FUNDS
from transaction_service.due_work.queue import Due
from transaction_service.holds.hold_rows import tell
from transaction_service.ledger.journal import DriftError
from transaction_service.ledger.movement_rules import DIRECT_DEBIT
from transaction_service.ledger.orders import Order
from transaction_service.orders import direct_debit_rows as rows
from transaction_service.orders.direct_debit_events import collection_events, mandate_events
from transaction_service.orders.enums import CollectionStatus, MandateKind, MandateStatus, OrderSide, ReturnCode
from transaction_service.orders.events import CollectionReturned, MandateChanged
from transaction_service.orders.execution import BANK, Paid, due_at_once, pay
from transaction_service.orders.mandate import Collection

_BOTH = (OrderSide.CREDITOR, OrderSide.DEBTOR)
_RETURNED_FOR: Mapping[str, ReturnCode] = MappingProxyType(
    {
        INSUFFICIENT_FUNDS.code: ReturnCode.INSUFFICIENT_FUNDS,
        ACCOUNT_CLOSED.code: ReturnCode.CLOSED_ACCOUNT,
        ACCOUNT_FROZEN.code: ReturnCode.BLOCKED_ACCOUNT,
    }
)


def collect(now_us: Callable[[], int], connection: Connection, due: Sequence[Due]) -> None:
    """Collect what is due first; by a mandate that is not in force any more, nothing.

    Raises DriftError where a collection was over that has work.
    """
    at_us, ids = due[0].due_at, [work.subject_id for work in due_at_once(due)]
    found = rows.locked_collections(connection, ids)
    collections = [found[collection_id] for collection_id in ids if collection_id in found]
    if len(collections) < len(ids) or any(one.status != CollectionStatus.SCHEDULED for one in collections):
        raise DriftError("a collection was still due that was over")
    allowed = [one for one in collections if one.mandate.status == MandateStatus.ACTIVE]
    paid = pay(connection, [_payment(one, at_us) for one in allowed], now_us())
    came_of = {one.id: what for one, what in zip(allowed, paid, strict=True)}
    for collection in collections:
        _settle(collection, came_of.get(collection.id), at_us)
    ended = {one.mandate.id: one.mandate for one in allowed}
    rows.change_collections(connection, collections)
    rows.change_mandates(connection, list(ended.values()))
    told: list[Event] = []
    for collection in collections:
        if collection.status == CollectionStatus.RETURNED:
            told += collection_events(CollectionReturned, collection, at_us, _BOTH)
    for mandate in ended.values():
        if not mandate.is_going_on:
            told += mandate_events(MandateChanged, mandate, at_us, [OrderSide.CREDITOR])
    tell(connection, told)


def expire_mandates(connection: Connection, due: Sequence[Due]) -> None:
    """Let mandates expire that were not used for so long, each at its own instant."""
    instants = {work.subject_id: work.due_at for work in due}
    found = rows.locked_mandates(connection, instants)
    if len(found) < len(instants) or any(not mandate.is_going_on for mandate in found.values()):
        raise DriftError("a mandate was still to expire that had ended")
    told: list[Event] = []
    for mandate_id, instant in instants.items():
        found[mandate_id].end(MandateStatus.EXPIRED, instant)
        told += mandate_events(MandateChanged, found[mandate_id], instant, _BOTH)
    rows.change_mandates(connection, list(found.values()))
    tell(connection, told)


def _settle(collection: Collection, paid: Paid | None, at_us: int) -> None:
    """`paid` is None where the mandate did not allow it."""
    if paid is None:
        collection.settle(CollectionStatus.RETURNED, at_us, return_code=ReturnCode.NO_MANDATE)
        return
    mandate = collection.mandate
    mandate.was_used(at_us)
    if paid.error_code is not None:
        code = _RETURNED_FOR.get(paid.error_code, ReturnCode.NOT_SPECIFIED)
        collection.settle(CollectionStatus.RETURNED, at_us, return_code=code)
        return
    collection.position = paid.position
    collection.settle(CollectionStatus.PAID, at_us)
    if mandate.kind == MandateKind.ONCE:
        mandate.end(MandateStatus.COMPLETED, at_us)


def _payment(collection: Collection, at_us: int) -> Order:
    return Order(
        actor=BANK,
        type=DIRECT_DEBIT,
        amount=money.to_text(collection.amount_minor, collection.mandate.currency),
        request_id=collection.id,
        from_account_id=collection.mandate.debtor_id,
        to_account_id=collection.mandate.creditor_id,
        description=collection.description,
        effective_at=at_us,
        idempotency_key=f"direct_debit:{collection.id}",
        end_to_end_id=collection.end_to_end_id,
    )
