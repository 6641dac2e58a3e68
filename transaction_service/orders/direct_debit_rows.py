"""The SQL of mandates and collections. Everything here runs in a transaction that the caller opened.

When a mandate expires and when a collection is due are their rows of due work: they are written together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, insert, or_, select, update

from shared.http.pagination import Page, on_page
from shared.identifiers import is_id
from transaction_service.due_work import queue
from transaction_service.ledger import initiators
from transaction_service.ledger.entry import Initiator
from transaction_service.ledger.entry_rows import REVERSED
from transaction_service.models import accounts, collections, entries, mandates
from transaction_service.models import initiators as initiator_rows
from transaction_service.orders.enums import CollectionStatus, OrderSide
from transaction_service.orders.mandate import Collection, Mandate, refund_ends_us

_creditor, _debtor = accounts.alias("creditor"), accounts.alias("debtor")
_refund, _confirmer = entries.alias("refund"), initiator_rows.alias("confirmer")
_MANDATE = (
    *mandates.c["key", "id"],
    _creditor.c.id.label("creditor_id"),
    _creditor.c.owner_id.label("creditor_owner_id"),
    _creditor.c.holder_name.label("creditor_name"),
    _creditor.c.account_number.label("creditor_number"),
    _debtor.c.id.label("debtor_id"),
    _debtor.c.owner_id.label("debtor_owner_id"),
    _debtor.c.holder_name.label("debtor_name"),
    _debtor.c.account_number.label("debtor_number"),
    _creditor.c.currency,
    (_creditor.c.synthetic * _debtor.c.synthetic).label("is_synthetic"),
    *mandates.c["reference", "kind", "status", "expires_at", "created_at", "confirmed_at", "last_collected_at"],
    *mandates.c["ended_at", "confirmer_key"],
    _confirmer.c.kind.label("confirmer_kind"),
    _confirmer.c.name.label("confirmer_name"),
)
"""The columns of a mandate, in the order of its fields."""
_of_mandates = (
    mandates.join(_creditor, _creditor.c.key == mandates.c.creditor_key)
    .join(_debtor, _debtor.c.key == mandates.c.debtor_key)
    .outerjoin(_confirmer, _confirmer.c.key == mandates.c.confirmer_key)
)
_MANDATES = select(*_MANDATE).select_from(_of_mandates)
_COLLECTION = (
    *collections.c["key", "id", "amount_minor", "due_day", "description", "end_to_end_id", "status", "return_code"],
    collections.c.position,
    entries.c.id.label("entry_id"),
    REVERSED.label("reversed_minor"),
    collections.c.refund_position,
    _refund.c.id.label("refund_entry_id"),
    _refund.c.amount_minor.label("refunded_minor"),
    *collections.c["created_at", "settled_at"],
)
_COLLECTIONS = select(*_COLLECTION, *(column.label(f"mandate_{column.name}") for column in _MANDATE)).select_from(
    collections.join(_of_mandates, mandates.c.key == collections.c.mandate_key)
    .outerjoin(entries, entries.c.position == collections.c.position)
    .outerjoin(_refund, _refund.c.position == collections.c.refund_position)
)


class DirectDebitFilter(NamedTuple):
    """What a list is narrowed to: a person's, an account's; on both sides, or on `side` alone. None: not narrowed."""

    owner_id: str | None = None
    account_id: str | None = None
    side: OrderSide | None = None


def add_mandate(connection: Connection, mandate: Mandate, initiator: Initiator, request_id: str) -> None:
    """Write a new mandate, and when it expires."""
    sides = select(accounts.c.id, accounts.c.key).where(accounts.c.id.in_([mandate.creditor_id, mandate.debtor_id]))
    keys = dict(connection.execute(sides).all())
    same = ("id", "reference", "kind", "status", "expires_at", "created_at", "confirmed_at", "ended_at")
    connection.execute(
        insert(mandates).values(
            **{name: getattr(mandate, name) for name in same},
            creditor_key=keys[mandate.creditor_id],
            debtor_key=keys[mandate.debtor_id],
            initiator_key=initiators.keys_of(connection, [initiator])[initiator],
            request_id=request_id,
        )
    )
    queue.schedule(connection, queue.MANDATE_EXPIRY, [(mandate.id, mandate.expires_at)])


_CHANGE_MANDATE = update(mandates).where(mandates.c.key == bindparam("row"))
_OF_A_MANDATE = ("status", "expires_at", "confirmed_at", "last_collected_at", "ended_at", "confirmer_key")
_CHANGE_COLLECTION = update(collections).where(collections.c.key == bindparam("row"))
_OF_A_COLLECTION = ("status", "return_code", "position", "refund_position", "settled_at")


def change_mandates(connection: Connection, changed: Sequence[Mandate]) -> None:
    """Write what has become of mandates, and when they expire: one that has ended does not."""
    if not changed:
        return
    _write(connection, _CHANGE_MANDATE, _OF_A_MANDATE, changed)
    queue.cancel(connection, queue.MANDATE_EXPIRY, [one.id for one in changed])
    going_on = [(one.id, one.expires_at) for one in changed if one.is_going_on]
    queue.schedule(connection, queue.MANDATE_EXPIRY, going_on)


def add_collection(connection: Connection, collection: Collection, initiator: Initiator, request_id: str) -> None:
    """Write a new collection, and when it is due."""
    same = ("id", "amount_minor", "due_day", "description", "end_to_end_id", "created_at", *_OF_A_COLLECTION)
    connection.execute(
        insert(collections).values(
            **{name: getattr(collection, name) for name in same},
            mandate_key=collection.mandate.key,
            initiator_key=initiators.keys_of(connection, [initiator])[initiator],
            request_id=request_id,
        )
    )
    due_at = max(collection.due_at, collection.created_at)
    queue.schedule(connection, queue.DIRECT_DEBIT, [(collection.id, due_at)])


def change_collections(connection: Connection, changed: Sequence[Collection]) -> None:
    """Write what has become of collections; those that are over are not due any more."""
    if changed:
        _write(connection, _CHANGE_COLLECTION, _OF_A_COLLECTION, changed)
        queue.cancel(connection, queue.DIRECT_DEBIT, [one.id for one in changed])


def _write(connection: Connection, statement: Any, names: Sequence[str], changed: Sequence[Any]) -> None:
    rows = [{"row": one.key, **{f"new_{name}": getattr(one, name) for name in names}} for one in changed]
    connection.execute(statement.values({name: bindparam(f"new_{name}") for name in names}), rows)


def locked_mandates(connection: Connection, ids: Iterable[str]) -> dict[str, Mandate]:
    """Mandates by their ids, locked; unknown ones are absent."""
    query = _MANDATES.where(mandates.c.id.in_(sorted(set(ids)))).order_by(mandates.c.key)
    return {row.id: Mandate(*row) for row in connection.execute(query.with_for_update(of=mandates))}


def locked_collections(connection: Connection, ids: Iterable[str]) -> dict[str, Collection]:
    """Collections by their ids, locked, those of one mandate with the same `Mandate`; unknown ones are absent."""
    query = _COLLECTIONS.where(collections.c.id.in_(sorted(set(ids)))).order_by(collections.c.key)
    rows = connection.execute(query.with_for_update(of=collections)).all()
    shared: dict[str, Mandate] = {}
    return {row.id: _collection(row, shared) for row in rows}


def going_on_of(connection: Connection, account_key: int) -> dict[str, Mandate]:
    """The mandates on either side of an account that have not ended, by their ids, locked."""
    query = _MANDATES.where(*_go_on_of(account_key)).order_by(mandates.c.key)
    return {row.id: Mandate(*row) for row in connection.execute(query.with_for_update(of=mandates))}


def scheduled_by(connection: Connection, account_key: int, known: Mapping[str, Mandate]) -> list[Collection]:
    """What is still to be collected by the mandates of an account that have not ended, locked; `known` are those."""
    is_to_come = collections.c.status == CollectionStatus.SCHEDULED.value
    query = _COLLECTIONS.where(is_to_come, *_go_on_of(account_key)).order_by(collections.c.key)
    rows = connection.execute(query.with_for_update(of=collections)).all()
    shared = dict(known)
    return [_collection(row, shared) for row in rows]


def _go_on_of(account_key: int) -> tuple[ColumnElement[bool], ...]:
    """By the columns of mandates alone: so an index finds them, where all would be read to look at their accounts."""
    is_of_it = or_(mandates.c.creditor_key == account_key, mandates.c.debtor_key == account_key)
    return is_of_it, mandates.c.ended_at.is_(None)


def mandate_named(connection: Connection, creditor_id: str, reference: str) -> str | None:
    """The id of the mandate that an account has under a reference."""
    query = _MANDATES.where(_creditor.c.id == creditor_id, mandates.c.reference == reference)
    row = connection.execute(query).first()
    return None if row is None else str(row.id)


def collection_under_way(connection: Connection, mandate: Mandate) -> str | None:
    """The id of a collection by this mandate that is to come or was paid."""
    holds_it = collections.c.status.in_([CollectionStatus.SCHEDULED.value, CollectionStatus.PAID.value])
    query = select(collections.c.id).where(collections.c.mandate_key == mandate.key, holds_it)
    found: str | None = connection.execute(query).scalar()
    return found


def mandate(connection: Connection, mandate_id: str, *, owner_id: str | None) -> Mandate | None:
    """A mandate; None when there is none that the reader may see: both sides may."""
    if not is_id(mandate_id):
        return None
    row = connection.execute(_seen(_MANDATES, owner_id).where(mandates.c.id == mandate_id)).first()
    return None if row is None else Mandate(*row)


def collection(connection: Connection, collection_id: str, *, owner_id: str | None) -> Collection | None:
    """A collection; None when there is none that the reader may see: both sides may."""
    if not is_id(collection_id):
        return None
    row = connection.execute(_seen(_COLLECTIONS, owner_id).where(collections.c.id == collection_id)).first()
    return None if row is None else _collection(row, {})


def refundable_until(connection: Connection, account_key: int) -> int | None:
    """Until when something that was collected to an account can be refunded; None of one to which nothing was."""
    paid = collections.join(mandates, mandates.c.key == collections.c.mandate_key).join(
        entries, entries.c.position == collections.c.position
    )
    newest = select(func.max(collections.c.settled_at)).select_from(paid)
    is_it = mandates.c.creditor_key == account_key, collections.c.status == CollectionStatus.PAID
    settled_at: int | None = connection.execute(newest.where(*is_it, entries.c.amount_minor > REVERSED)).scalar()
    return None if settled_at is None else refund_ends_us(settled_at)


def mandates_page(connection: Connection, page: Page, *, seen: DirectDebitFilter, status: str | None) -> list[Mandate]:
    """Mandates, newest first, and one more where another page follows."""
    query = _MANDATES.where(*_conditions(seen, status, mandates.c.status))
    return [Mandate(*row) for row in connection.execute(on_page(query, mandates.c.created_at, mandates.c.id, page))]


def collections_page(
    connection: Connection, page: Page, *, seen: DirectDebitFilter, mandate_id: str | None, status: str | None
) -> list[Collection]:
    """Collections, newest first, and one more where another page follows."""
    query = _COLLECTIONS.where(*_conditions(seen, status, collections.c.status))
    if mandate_id is not None:
        query = query.where(mandates.c.id == mandate_id)
    shared: dict[str, Mandate] = {}
    rows = connection.execute(on_page(query, collections.c.created_at, collections.c.id, page))
    return [_collection(row, shared) for row in rows]


def _collection(row: Any, shared: dict[str, Mandate]) -> Collection:
    of_mandate = Mandate(*row[len(_COLLECTION) :])
    facts = [*row[: len(_COLLECTION)], shared.setdefault(of_mandate.id, of_mandate)]
    return Collection(*facts)


def _seen(query: Select[Any], owner_id: str | None) -> Select[Any]:
    return query.where(*_conditions(DirectDebitFilter(owner_id), None, mandates.c.status))


def _conditions(seen: DirectDebitFilter, status: str | None, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Of a person and of an account: only as that person's own side, so that nobody is found by their account."""
    sides = {OrderSide.CREDITOR: _creditor, OrderSide.DEBTOR: _debtor}
    wanted = sides.values() if seen.side is None else [sides[seen.side]]
    conditions: list[ColumnElement[bool]] = [] if status is None else [column == status]
    named = {"owner_id": seen.owner_id, "id": seen.account_id}
    facts = {name: value for name, value in named.items() if value is not None}
    if facts:
        conditions.append(or_(*(and_(*(side.c[name] == value for name, value in facts.items())) for side in wanted)))
    return conditions
