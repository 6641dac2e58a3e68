"""The ledger's write-side SQL: accounts under lock, entries with their postings, the chained feed, idempotency keys.

Everything here runs inside a write transaction that the caller opened and alone commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_, update

from transaction_service.ledger.chain import chain_hash
from transaction_service.ledger.decisions import Account, Posting
from transaction_service.ledger.entry import Entry
from transaction_service.models import (
    accounts,
    daily_outgoings,
    entries,
    idempotency_keys,
    journal,
    ledger_state,
    postings,
    refused_attempts,
)

KeyName = tuple[str, str, str]
"""(user, operation, key)."""


@dataclass(frozen=True, slots=True)
class State:
    """The head of the chain and the bank clock, as one row holds them."""

    head_position: int
    head_hash: str
    head_booked_at: int
    clock_offset_us: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry with its postings, about to be written. `history_owners` has one owner (or None) per posting."""

    entry: Entry
    postings: tuple[Posting, ...]
    history_owners: tuple[str | None, ...]


class DriftError(RuntimeError):
    """A row is not as it was read under the lock: an impossible state, so nothing may be written (LEDGER rule 12)."""


# Statements are built once: building one costs more than SQLite takes to carry it out.
_STATE = select(*(ledger_state.c[field.name] for field in fields(State)))


def state(connection: Connection) -> State:
    """The ledger's one row of state."""
    return State(*connection.execute(_STATE).one())


_ACCOUNT_FIELDS = tuple(field.name for field in fields(Account))
_ACCOUNT_COLUMNS = [accounts.c[name] for name in _ACCOUNT_FIELDS]
_ACCOUNTS_BY_ID = (
    select(*_ACCOUNT_COLUMNS)
    .where(accounts.c.id.in_(bindparam("ids", expanding=True)), accounts.c.owner_id.is_not(None))
    .order_by(accounts.c.id)
    .with_for_update()
)
_IDS_BY_NUMBER = select(accounts.c.id).where(accounts.c.account_number.in_(bindparam("numbers", expanding=True)))


def lock_accounts(connection: Connection, ids: Iterable[str], numbers: Iterable[str] = ()) -> list[Account]:
    """Customer accounts by id and by number, locked in sorted order; unknown ones are absent."""
    wanted = set(ids)
    by_number = list(numbers)
    if by_number:
        wanted.update(connection.execute(_IDS_BY_NUMBER, {"numbers": by_number}).scalars())
    if not wanted:
        return []
    rows = connection.execute(_ACCOUNTS_BY_ID, {"ids": sorted(wanted)}).all()
    return [Account(**dict(zip(_ACCOUNT_FIELDS, row, strict=True))) for row in rows]


_SPENT = select(daily_outgoings.c.account_id, daily_outgoings.c.day, daily_outgoings.c.amount_minor).where(
    tuple_(daily_outgoings.c.account_id, daily_outgoings.c.day).in_(bindparam("days", expanding=True))
)


def spent_on(connection: Connection, account_days: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """What has left each account on each day (days since the epoch, bank time)."""
    if not account_days:
        return {}
    return {(row[0], row[1]): row[2] for row in connection.execute(_SPENT, {"days": account_days})}


_KEY_COLUMNS = (idempotency_keys.c.user_id, idempotency_keys.c.operation, idempotency_keys.c.key)
_REPLIES = select(
    *_KEY_COLUMNS, idempotency_keys.c.request_hash, idempotency_keys.c.status, idempotency_keys.c.reply
).where(tuple_(*_KEY_COLUMNS).in_(bindparam("names", expanding=True)))


def stored_replies(connection: Connection, names: Sequence[KeyName]) -> dict[KeyName, Any]:
    """The rows of those idempotency keys that have been used."""
    if not names:
        return {}
    return {(row[0], row[1], row[2]): row for row in connection.execute(_REPLIES, {"names": names})}


def originals(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Entry, int]]:
    """Entries about to be reversed, locked, each with the amount of it that has been reversed already."""
    if not ids:
        return {}
    found = connection.execute(select(entries).where(entries.c.id.in_(ids)).order_by(entries.c.id).with_for_update())
    query = select(entries.c.reverses, func.sum(entries.c.amount_minor)).where(entries.c.reverses.in_(ids))
    reversed_minor = {row[0]: row[1] for row in connection.execute(query.group_by(entries.c.reverses))}
    return {row.id: (Entry(*row), int(reversed_minor.get(row.id, 0))) for row in found}


_CLAIM = insert(idempotency_keys)
_ADD_ENTRY, _ADD_POSTING, _ADD_TO_JOURNAL = insert(entries), insert(postings), insert(journal)
_MOVE_HEAD = (
    update(ledger_state)
    .where(ledger_state.c.head_position == bindparam("before"))
    .values(head_position=bindparam("position"), head_hash=bindparam("hash"), head_booked_at=bindparam("booked_at"))
)


def claim_keys(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write used keys with their replies: the first write of the transaction. A key used by another fails here."""
    if rows:
        connection.execute(_CLAIM, rows)


def append(connection: Connection, before: State, drafts: Sequence[Draft]) -> State:
    """Append entries and postings, extend the chain by them, and return the new state."""
    if not drafts:
        return before
    position, chained = before.head_position, before.head_hash
    feed = []
    for draft in drafts:
        position += 1
        chained = chain_hash(chained, position, draft.entry, draft.postings)
        feed.append({"position": position, "entry_id": draft.entry.id, "hash": chained})
    connection.execute(_ADD_ENTRY, [_entry_row(draft.entry) for draft in drafts])
    connection.execute(_ADD_POSTING, [row for draft in drafts for row in _posting_rows(draft)])
    connection.execute(_ADD_TO_JOURNAL, feed)
    after = State(position, chained, drafts[-1].entry.booked_at, before.clock_offset_us)
    head = {"before": before.head_position, "position": position, "hash": chained, "booked_at": after.head_booked_at}
    moved = connection.execute(_MOVE_HEAD, head)
    if moved.rowcount != 1:
        raise DriftError("the head of the journal moved under the lock")
    return after


_MOVE_BALANCE = (
    update(accounts)
    .where(
        accounts.c.id == bindparam("account"),
        accounts.c.balance_minor == bindparam("before"),
        accounts.c.held_minor + accounts.c.floor_minor <= bindparam("after"),
    )
    .values(balance_minor=bindparam("after"))
)


def move_balances(connection: Connection, changes: list[dict[str, Any]]) -> None:
    """Set balances `{account, before, after}`. Raises DriftError when one is not as it was read."""
    if changes and connection.execute(_MOVE_BALANCE, changes).rowcount != len(changes):
        raise DriftError("a balance moved under the lock")


_ADD_OUTGOING = (
    update(daily_outgoings)
    .where(daily_outgoings.c.account_id == bindparam("account"), daily_outgoings.c.day == bindparam("on"))
    .values(amount_minor=bindparam("amount"))
)


def store_outgoings(connection: Connection, known: set[tuple[str, int]], totals: dict[tuple[str, int], int]) -> None:
    """Write what has left accounts per day; `known` are the rows that exist already."""
    changed = [{"account": key[0], "on": key[1], "amount": total} for key, total in totals.items() if key in known]
    added = [
        {"account_id": key[0], "day": key[1], "amount_minor": total}
        for key, total in totals.items()
        if key not in known
    ]
    if changed:
        connection.execute(_ADD_OUTGOING, changed)
    if added:
        connection.execute(insert(daily_outgoings), added)


def record_refusals(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep refused attempts, for the people who made them."""
    if rows:
        connection.execute(insert(refused_attempts), rows)


def _entry_row(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__}


def _posting_rows(draft: Draft) -> list[dict[str, Any]]:
    return [
        {
            "entry_id": draft.entry.id,
            "account_id": leg.account_id,
            "amount_minor": leg.amount_minor,
            "balance_after_minor": leg.balance_after_minor,
            "effective_at": draft.entry.effective_at,
            "history_owner_id": owner,
        }
        for leg, owner in zip(draft.postings, draft.history_owners, strict=True)
    ]
