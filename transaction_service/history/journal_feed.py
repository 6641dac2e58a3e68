"""The journal as a feed: gapless, in order, each entry with its postings and its place in the hash chain."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from transaction_service.ledger.entry import Entry, Posting
from transaction_service.ledger.entry_rows import ENTRY, entry_of, with_what_it_names
from transaction_service.ledger.serializers import reference
from transaction_service.models import accounts, entries, ledger_state, postings


class SealedRow(NamedTuple):
    """What a place in the hash chain covers."""

    position: int
    hash_version: int
    hash: str
    entry: Entry
    legs: list[Posting]


_SEAL = (entries.c.position, entries.c.hash_version, entries.c.hash)
_POSITION = len(ENTRY)  # where it stands in a row
_SYNTHETIC = -1  # where it stands in a leg
_POSTING: Callable[..., Posting] = Posting
_PAGE = (
    select(*ENTRY, *_SEAL)
    .select_from(with_what_it_names(entries))
    .where(entries.c.position > bindparam("after"))
    .order_by(entries.c.position)
    .limit(bindparam("limit"))
)
_LEGS = (
    select(
        postings.c.position,
        accounts.c.id,
        postings.c.currency,
        postings.c.amount_minor,
        postings.c.balance_after_minor,
        accounts.c.owner_id,
        accounts.c.synthetic,
    )
    .join(accounts, accounts.c.key == postings.c.account_key)
    .where(postings.c.position > bindparam("after"), postings.c.position <= bindparam("last"))
    .order_by(postings.c.position, postings.c.leg)
)


def sealed_page(connection: Connection, *, after: int, limit: int) -> list[SealedRow]:
    """Entries after a position, in order, with what their hashes cover."""
    rows, legs_of = _page(connection, after, limit)
    return [
        SealedRow(
            row[_POSITION],
            row.hash_version,
            row.hash,
            entry_of(row),
            [_POSTING(*leg[1:5]) for leg in legs_of[row[_POSITION]]],
        )
        for row in rows
    ]


def page(connection: Connection, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries after a position, in order, with their postings: as consumers get them, nothing rounded."""
    rows, legs_of = _page(connection, after, limit)
    return [_rendered(row, legs_of[row[_POSITION]]) for row in rows]


def head(connection: Connection) -> int:
    """The newest position of the journal."""
    return int(connection.execute(select(ledger_state.c.head_position)).scalar_one())


def _page(connection: Connection, after: int, limit: int) -> tuple[list[Any], dict[int, list[Any]]]:
    rows: list[Any] = list(connection.execute(_PAGE, {"after": after, "limit": limit}))
    legs: dict[int, list[Any]] = {row[_POSITION]: [] for row in rows}
    if rows:
        for leg in connection.execute(_LEGS, {"after": after, "last": rows[-1][_POSITION]}):
            if leg[0] in legs:  # the proof names a position whose entry somebody has removed
                legs[leg[0]].append(leg)
    return rows, legs


def _rendered(row: Sequence[Any], legs: list[Any]) -> dict[str, Any]:
    """One row of the feed, in the order of the columns: consumers read it while money moves, and names cost more."""
    entry_id, kind, currency, amount_minor, _, _, description, category, reverses, effective_at, booked_at, *rest = row
    request_id, user_id, initiator_kind, _, role, session_id, channel, position, hash_version, seal, *_ = rest
    return {
        "position": position,
        "id": entry_id,
        "type": kind,
        "currency": currency,
        "amount_minor": amount_minor,
        "description": description,
        "category": category,
        "reference": reference(entry_id),
        "effective_at_us": effective_at,
        "booked_at_us": booked_at,
        "initiator_id": user_id,
        "initiated_by": {
            "user_id": user_id,
            "kind": initiator_kind,
            "role": role,
            "session_id": session_id,
            "channel": channel,
            "request_id": request_id,
        },
        "reverses": reverses,
        "synthetic": any(leg[_SYNTHETIC] for leg in legs),
        "hash_version": hash_version,
        "hash": seal,
        "postings": [
            {
                "leg": number,
                "account_id": account_id,
                "owner_id": owner_id,
                "currency": leg_currency,
                "amount_minor": leg_minor,
                "balance_after_minor": balance_after_minor,
            }
            for number, (_, account_id, leg_currency, leg_minor, balance_after_minor, owner_id, _) in enumerate(legs)
        ],
    }
