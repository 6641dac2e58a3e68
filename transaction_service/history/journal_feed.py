"""The journal as a feed: gapless, in order, each entry with its postings and its place in the hash chain."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from transaction_service.ledger.decisions import Posting
from transaction_service.ledger.entry import Entry
from transaction_service.ledger.serializers import reference
from transaction_service.models import accounts, entries, journal, ledger_state, postings


class SealedRow(NamedTuple):
    """What a place in the hash chain covers."""

    position: int
    hash: str
    entry: Entry
    legs: list[Posting]


_ENTRY = [entries.c[name] for name in Entry.__slots__]
_LEGS = (
    select(
        journal.c.position,
        postings.c.account_id,
        postings.c.amount_minor,
        postings.c.balance_after_minor,
        accounts.c.owner_id,
        accounts.c.synthetic,
    )
    .join(postings, postings.c.entry_id == journal.c.entry_id)
    .join(accounts, accounts.c.id == postings.c.account_id)
    .where(journal.c.position > bindparam("after"), journal.c.position <= bindparam("last"))
    .order_by(journal.c.position, postings.c.amount_minor)
)


def sealed_page(connection: Connection, *, after: int, limit: int) -> list[SealedRow]:
    """Journal rows after a position with what their hash covers, and no more: half the cost of `page`."""
    rows = _entries(connection, after, limit)
    legs: dict[int, list[Posting]] = {row.position: [] for row in rows}
    if rows:
        query = (
            select(journal.c.position, postings.c.account_id, postings.c.amount_minor, postings.c.balance_after_minor)
            .join(postings, postings.c.entry_id == journal.c.entry_id)
            .where(journal.c.position > after, journal.c.position <= rows[-1].position)
        )
        for position, *leg in connection.execute(query):
            legs[position].append(Posting(*leg))
    return [SealedRow(row.position, row.hash, Entry(*row[2:]), legs[row.position]) for row in rows]


def _entries(connection: Connection, after: int, limit: int) -> Sequence[Any]:
    feed = (
        select(journal.c.position, journal.c.hash, *_ENTRY)
        .join(entries, entries.c.id == journal.c.entry_id)
        .where(journal.c.position > after)
        .order_by(journal.c.position)
        .limit(limit)
    )
    return connection.execute(feed).all()


def page(connection: Connection, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Journal rows after a position, in order, with their postings: as consumers get them, nothing rounded.

    Read by every consumer while money moves, so it makes each row once, from the columns themselves.
    """
    rows = _entries(connection, after, limit)
    if not rows:
        return []
    legs: dict[int, list[dict[str, Any]]] = {row[0]: [] for row in rows}
    synthetic = set()
    for position, account_id, amount_minor, balance_after_minor, owner_id, is_synthetic in connection.execute(
        _LEGS, {"after": after, "last": rows[-1][0]}
    ):
        legs[position].append(
            {
                "account_id": account_id,
                "owner_id": owner_id,
                "amount_minor": amount_minor,
                "balance_after_minor": balance_after_minor,
            }
        )
        if is_synthetic:
            synthetic.add(position)
    return [_rendered(row, legs[row[0]], is_synthetic=row[0] in synthetic) for row in rows]


def _rendered(row: Any, legs: list[dict[str, Any]], *, is_synthetic: bool) -> dict[str, Any]:
    position, chained, entry_id, movement_type, currency, amount_minor, _, _, description, category, *rest = row
    initiator_id, reverses, effective_at, booked_at, *_ = rest
    return {
        "position": position,
        "id": entry_id,
        "type": movement_type,
        "currency": currency,
        "amount_minor": amount_minor,
        "description": description,
        "category": category,
        "reference": reference(entry_id),
        "effective_at_us": effective_at,
        "booked_at_us": booked_at,
        "initiator_id": initiator_id,
        "reverses": reverses,
        "synthetic": is_synthetic,
        "hash": chained,
        "postings": legs,
    }


def head(connection: Connection) -> int:
    """The newest position of the journal."""
    return int(connection.execute(select(ledger_state.c.head_position)).scalar_one())
