"""The journal as a feed: gapless, in order, each entry with its postings and its place in the hash chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from transaction_service.ledger import Posting
from transaction_service.models import accounts, entries, journal, ledger_state, postings
from transaction_service.rendering import Entry, reference


class SealedRow(NamedTuple):
    """What a place in the hash chain covers."""

    position: int
    hash: str
    entry: Entry
    legs: list[Posting]


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A sealed entry with its postings, in the order of the feed."""

    position: int
    hash: str
    entry: Entry
    legs: list[Posting]
    owners: dict[str, str | None]
    synthetic: bool


_ENTRY = [entries.c[name] for name in Entry.__slots__]


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


def page(connection: Connection, *, after: int, limit: int) -> list[JournalRow]:
    """Journal rows after a position, in order, with their postings."""
    rows = _entries(connection, after, limit)
    legs: dict[str, list[Any]] = {}
    if rows:
        query = (
            select(
                postings.c.entry_id,
                postings.c.account_id,
                postings.c.amount_minor,
                postings.c.balance_after_minor,
                accounts.c.owner_id,
                accounts.c.synthetic,
            )
            .join(journal, journal.c.entry_id == postings.c.entry_id)
            .join(accounts, accounts.c.id == postings.c.account_id)
            .where(journal.c.position > after, journal.c.position <= rows[-1].position)
            .order_by(postings.c.entry_id, postings.c.amount_minor)
        )
        for leg in connection.execute(query):
            legs.setdefault(leg.entry_id, []).append(leg)
    return [_journal_row(row, legs.get(row.id, [])) for row in rows]


def _journal_row(row: Any, legs: list[Any]) -> JournalRow:
    return JournalRow(
        position=row.position,
        hash=row.hash,
        entry=Entry(*row[2:]),
        legs=[Posting(leg.account_id, leg.amount_minor, leg.balance_after_minor) for leg in legs],
        owners={leg.account_id: leg.owner_id for leg in legs},
        synthetic=any(leg.synthetic for leg in legs),
    )


def head(connection: Connection) -> int:
    """The newest position of the journal."""
    return int(connection.execute(select(ledger_state.c.head_position)).scalar_one())


def render(row: JournalRow) -> dict[str, Any]:
    """A journal row as consumers get it: minor units and microseconds, nothing rounded."""
    entry = row.entry
    return {
        "position": row.position,
        "id": entry.id,
        "type": entry.type,
        "currency": entry.currency,
        "amount_minor": entry.amount_minor,
        "description": entry.description,
        "category": entry.category,
        "reference": reference(entry.id),
        "effective_at_us": entry.effective_at,
        "booked_at_us": entry.booked_at,
        "initiator_id": entry.initiator_id,
        "reverses": entry.reverses,
        "synthetic": row.synthetic,
        "hash": row.hash,
        "postings": [
            {
                "account_id": leg.account_id,
                "owner_id": row.owners[leg.account_id],
                "amount_minor": leg.amount_minor,
                "balance_after_minor": leg.balance_after_minor,
            }
            for leg in row.legs
        ],
    }
