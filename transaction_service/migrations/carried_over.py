"""What the tables of revision 0002 hold, carried over into those of 0003: page by page, on every database.

The old tables have been renamed to `old_...`. Entries are carried over by way of the journal, which has all of them.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, TableClause, column, insert, select, table, text, tuple_

from shared.http.json_parsing import render
from shared.network.addresses import MissingSettingError
from shared.storage.compact_columns import CompactId, Digest

_ROWS_AT_ONCE = 5_000
_DIGEST_BYTES = 16
_OF_ACCOUNT = (
    *("holder_name", "account_number", "account_type", "currency", "status", "status_reason", "synthetic"),
    *("balance_minor", "held_minor", "floor_minor", "movement_limit_minor", "daily_limit_minor", "terms_version"),
    "opened_at",
)
_OF_ENTRY = ("type", "currency", "amount_minor", "description", "category", "effective_at", "booked_at")
_INITIATOR = ("initiator_kind", "initiator_name")
_SIDES = ("from_account_id", "to_account_id")


def _old(name: str, *columns: str) -> TableClause:
    return table(f"old_{name}", *(column(one) for one in columns))


_accounts = _old("accounts", "id", "owner_id", *_OF_ACCOUNT)
_journal = _old("journal", "position", "entry_id", "hash")
_entries = _old("entries", "id", "initiator_id", "reverses", *_OF_ENTRY, *_INITIATOR, *_SIDES)
_postings = _old("postings", "entry_id", "account_id", "amount_minor", "balance_after_minor", "effective_at")
_outgoings = _old("daily_outgoings", "account_id", "day", "amount_minor")
_keys = _old(
    "idempotency_keys", *("user_id", "operation", "key", "request_hash", "status", "reply"), "entry_id", "claimed_at"
)
_refused = _old(
    "refused_attempts", "id", "user_id", "owner_id", "account_id", "error_code", *_OF_ENTRY, *_INITIATOR, *_SIDES
)
_state = _old("ledger_state", "id", "head_position", "head_hash", "head_booked_at", "clock_offset_us", "time_zone")
carried_accounts = table("carried_accounts", column("id"), column("account_key"))
"""The keys that accounts have got, by their ids as the old tables have them; there while this is under way."""


def _new(name: str, *columns: str, ids: tuple[str, ...] = (), digests: tuple[str, ...] = ()) -> TableClause:
    typed = [*(column(one, CompactId) for one in ids), *(column(one, Digest) for one in digests)]
    return table(name, *typed, *(column(one) for one in columns))


_new_accounts = _new("accounts", "key", *_OF_ACCOUNT, ids=("id", "owner_id"))
_new_initiators = _new("initiators", "key", "kind", "name", ids=("user_id",), digests=("digest",))
_new_entries = _new(
    "entries",
    *("position", "payer_key", "payee_key", "reverses", "initiator_key", "hash_version"),
    *_OF_ENTRY,
    ids=("id",),
    digests=("hash",),
)
_new_postings = _new(
    "postings", "position", "leg", "account_key", "currency", "amount_minor", "balance_after_minor", "effective_at"
)
_new_outgoings = _new("daily_outgoings", "account_key", "day", "amount_minor")
_new_keys = _new("idempotency_keys", "position", "status", "reply", "claimed_at", digests=("name", "request_hash"))
_new_refused = _new(
    "refused_attempts",
    *("initiator_key", "account_key", "payer_key", "payee_key", "error_code"),
    *_OF_ENTRY,
    ids=("id", "owner_id"),
)
_new_state = _new(
    "ledger_state", "id", "head_position", "head_booked_at", "clock_offset_us", "time_zone", digests=("head_hash",)
)
_payer, _payee, _seen = (carried_accounts.alias(name) for name in ("payer", "payee", "seen"))
_original = _journal.alias("original")
_WhoKeys = dict[tuple[str, str | None, str | None], int]


_LEFT_BEHIND = {
    "entries that are not in the journal": (
        "SELECT count(*) FROM entries LEFT JOIN journal ON journal.entry_id = entries.id WHERE journal.position IS NULL"
    ),
    "places of the journal without an entry": (
        "SELECT count(*) FROM journal LEFT JOIN entries ON entries.id = journal.entry_id WHERE entries.id IS NULL"
    ),
    "postings without an entry or an account": (
        "SELECT count(*) FROM postings LEFT JOIN entries ON entries.id = postings.entry_id "
        "LEFT JOIN accounts ON accounts.id = postings.account_id WHERE entries.id IS NULL OR accounts.id IS NULL"
    ),
}


def refuse_what_would_be_lost(connection: Connection) -> None:
    """Raise MissingSettingError where somebody has altered the old tables so that not all of them could be carried
    over: it would be lost, and with it what a proof could find.
    """
    for what, count in _LEFT_BEHIND.items():
        found = connection.execute(text(count)).scalar_one()
        if found:
            message = (
                f"the ledger has {found} {what}; nothing was changed. "
                "Prove the bank with the release that made it, and restore a backup from before they were altered"
            )
            raise MissingSettingError(message)


def carry_over(connection: Connection) -> None:
    """Fill the new tables."""
    _carry_accounts(connection)
    who = _carry_initiators(connection)
    _carry_entries(connection, who)
    _carry_postings(connection)
    _carry_outgoings(connection)
    _carry_keys(connection)
    _carry_refusals(connection, who)
    for row in connection.execute(select(_state)):
        connection.execute(insert(_new_state), [dict(row._mapping)])


def _carry_accounts(connection: Connection) -> None:
    for rows in _pages(connection, select(_accounts.c.owner_id, *_columns(_accounts, _OF_ACCOUNT)), _accounts.c.id):
        connection.execute(insert(_new_accounts), [dict(row._mapping) for row in rows])
        ids = [row.id for row in rows]
        made = connection.execute(select(_new_accounts.c.id, _new_accounts.c.key).where(_new_accounts.c.id.in_(ids)))
        connection.execute(insert(carried_accounts), [{"id": row.id, "account_key": row.key} for row in made])


def _carry_initiators(connection: Connection) -> _WhoKeys:
    made = select(_entries.c.initiator_id.label("user_id"), *_columns(_entries, _INITIATOR))
    refused = select(_refused.c.user_id, *_columns(_refused, _INITIATOR))
    found = [tuple(row) for row in connection.execute(made.union(refused))]
    if found:
        rows = [
            {"digest": _digest([*facts, None, None, None]), "user_id": facts[0], "kind": facts[1], "name": facts[2]}
            for facts in found
        ]
        connection.execute(insert(_new_initiators), rows)
    columns = _new_initiators.c
    query = select(columns.user_id, columns.kind, columns.name, columns.key)
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}


def _carry_entries(connection: Connection, who: _WhoKeys) -> None:
    """Sealed as they were, by the first version of the rule."""
    query = (
        select(
            _entries.c.id,
            _entries.c.initiator_id,
            _journal.c.hash,
            _payer.c.account_key.label("payer_key"),
            _payee.c.account_key.label("payee_key"),
            _original.c.position.label("reverses"),
            *_columns(_entries, (*_OF_ENTRY, *_INITIATOR)),
        )
        .select_from(_journal)
        .join(_entries, _entries.c.id == _journal.c.entry_id)
        .outerjoin(_payer, _payer.c.id == _entries.c.from_account_id)
        .outerjoin(_payee, _payee.c.id == _entries.c.to_account_id)
        .outerjoin(_original, _original.c.entry_id == _entries.c.reverses)
    )
    for rows in _pages(connection, query, _journal.c.position):
        connection.execute(
            insert(_new_entries), [_with_initiator(row, row.initiator_id, who) | {"hash_version": 1} for row in rows]
        )


def _with_initiator(row: Any, user_id: str, who: _WhoKeys) -> dict[str, Any]:
    names = {"initiator_id", "user_id", *_INITIATOR}
    kept = {name: value for name, value in row._mapping.items() if name not in names}
    return kept | {"initiator_key": who[user_id, row.initiator_kind, row.initiator_name]}


def _carry_postings(connection: Connection) -> None:
    """Of two legs the one that pays is the first."""
    query = (
        select(
            _seen.c.account_key,
            _accounts.c.currency,
            _postings.c.balance_after_minor,
            _postings.c.effective_at,
        )
        .select_from(_journal)
        .join(_postings, _postings.c.entry_id == _journal.c.entry_id)
        .join(_accounts, _accounts.c.id == _postings.c.account_id)
        .join(_seen, _seen.c.id == _postings.c.account_id)
    )
    last, leg = 0, 0
    for rows in _pages(connection, query, _journal.c.position, _postings.c.amount_minor, _postings.c.account_id):
        legs = []
        for row in rows:
            last, leg = row.position, leg + 1 if row.position == last else 0
            kept = {name: value for name, value in row._mapping.items() if name != "account_id"}
            legs.append(kept | {"leg": leg})
        connection.execute(insert(_new_postings), legs)


def _carry_outgoings(connection: Connection) -> None:
    query = select(_outgoings.c.amount_minor, _seen.c.account_key).join(_seen, _seen.c.id == _outgoings.c.account_id)
    for rows in _pages(connection, query, _outgoings.c.account_id, _outgoings.c.day):
        totals = [{"account_key": row.account_key, "day": row.day, "amount_minor": row.amount_minor} for row in rows]
        connection.execute(insert(_new_outgoings), totals)


def _carry_keys(connection: Connection) -> None:
    """In the order in which they were used, each with the text of its reply."""
    query = select(_keys.c.request_hash, _keys.c.status, _keys.c.reply, _journal.c.position).outerjoin(
        _journal, _journal.c.entry_id == _keys.c.entry_id
    )
    for rows in _pages(connection, query, _keys.c.claimed_at, _keys.c.user_id, _keys.c.operation, _keys.c.key):
        used = [
            {
                "name": _digest([row.user_id, row.operation, row.key]),
                "request_hash": row.request_hash[: 2 * _DIGEST_BYTES],
                "position": row.position,
                "status": row.status,
                "reply": row.reply,
                "claimed_at": row.claimed_at,
            }
            for row in rows
        ]
        connection.execute(insert(_new_keys), used)


def _carry_refusals(connection: Connection, who: _WhoKeys) -> None:
    query = (
        select(
            _refused.c.user_id,
            _refused.c.owner_id,
            _refused.c.error_code,
            _seen.c.account_key,
            _payer.c.account_key.label("payer_key"),
            _payee.c.account_key.label("payee_key"),
            *_columns(_refused, (*_OF_ENTRY, *_INITIATOR)),
        )
        .select_from(_refused)
        .outerjoin(_seen, _seen.c.id == _refused.c.account_id)
        .outerjoin(_payer, _payer.c.id == _refused.c.from_account_id)
        .outerjoin(_payee, _payee.c.id == _refused.c.to_account_id)
    )
    for rows in _pages(connection, query, _refused.c.id):
        connection.execute(insert(_new_refused), [_with_initiator(row, row.user_id, who) for row in rows])


def _columns(of: TableClause, names: tuple[str, ...]) -> list[ColumnElement[Any]]:
    return [of.c[name] for name in names]


def _pages(connection: Connection, query: Select[Any], *keys: ColumnElement[Any]) -> Iterator[list[Any]]:
    """The rows of a query in the order of `keys`, which are selected after its own columns, a page at a time."""
    ordered = query.add_columns(*keys).order_by(*keys).limit(_ROWS_AT_ONCE)
    page = ordered
    while rows := list(connection.execute(page)):
        yield rows
        if len(rows) < _ROWS_AT_ONCE:
            return
        page = ordered.where(tuple_(*keys) > tuple(rows[-1][-len(keys) :]))


def _digest(facts: list[Any]) -> str:
    return hashlib.blake2b(render(facts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
