"""The ledger's write-side SQL: accounts under lock, entries with their postings and seals, what follows from them.

Everything here runs inside a write transaction that the caller opened and alone commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_, update

from transaction_service.ledger.chain import CURRENT_VERSION, chain_hash
from transaction_service.ledger.decisions import Account
from transaction_service.ledger.entry import Entry, Initiator, Posting
from transaction_service.ledger.entry_rows import ENTRY, entry_of, with_what_it_names
from transaction_service.models import accounts, daily_outgoings, entries, ledger_state, postings, refused_attempts


@dataclass(frozen=True, slots=True)
class State:
    """The head of the chain and the bank clock, as one row holds them."""

    head_position: int
    head_hash: str
    head_booked_at: int
    clock_offset_us: int


class Draft(NamedTuple):
    """An entry with its postings, about to be written; `reverses` is the position of what it takes back."""

    entry: Entry
    postings: tuple[Posting, ...]
    reverses: int | None


class Original(NamedTuple):
    """An entry about to be reversed, where it stands, and how much of it has been reversed already."""

    position: int
    entry: Entry
    reversed_minor: int


AccountDay = tuple[int, int]
"""The key of an account, and a day of the bank since the epoch."""


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
    .order_by(accounts.c.key)
    .with_for_update()
)
_IDS_BY_NUMBER = select(accounts.c.id).where(accounts.c.account_number.in_(bindparam("numbers", expanding=True)))


def lock_accounts(connection: Connection, ids: Iterable[str], numbers: Iterable[str] = ()) -> list[Account]:
    """Customer accounts by id and by number, locked in the order of their keys; unknown ones are absent."""
    wanted = set(ids)
    by_number = list(numbers)
    if by_number:
        wanted.update(connection.execute(_IDS_BY_NUMBER, {"numbers": by_number}).scalars())
    if not wanted:
        return []
    rows = connection.execute(_ACCOUNTS_BY_ID, {"ids": sorted(wanted)}).all()
    return [Account(**dict(zip(_ACCOUNT_FIELDS, row, strict=True))) for row in rows]


_SPENT = select(daily_outgoings.c.account_key, daily_outgoings.c.day, daily_outgoings.c.amount_minor).where(
    tuple_(daily_outgoings.c.account_key, daily_outgoings.c.day).in_(bindparam("days", expanding=True))
)


def spent_on(connection: Connection, account_days: Sequence[AccountDay]) -> dict[AccountDay, int]:
    """What has left each account on each day."""
    if not account_days:
        return {}
    return {(row[0], row[1]): row[2] for row in connection.execute(_SPENT, {"days": account_days})}


_ORIGINALS = (
    select(*ENTRY, entries.c.position)
    .select_from(with_what_it_names(entries))
    .where(entries.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(entries.c.position)
    .with_for_update(of=entries)
)
_REVERSED = (
    select(entries.c.reverses, func.sum(entries.c.amount_minor))
    .where(entries.c.reverses.in_(bindparam("positions", expanding=True)))
    .group_by(entries.c.reverses)
)


def originals(connection: Connection, ids: Sequence[str]) -> dict[str, Original]:
    """Entries about to be reversed, locked, by their ids."""
    if not ids:
        return {}
    rows = connection.execute(_ORIGINALS, {"ids": ids}).all()
    sums = connection.execute(_REVERSED, {"positions": [row.position for row in rows]})
    reversed_minor = {row[0]: int(row[1]) for row in sums}
    return {row.id: Original(row.position, entry_of(row), reversed_minor.get(row.position, 0)) for row in rows}


_ADD_ENTRY, _ADD_POSTING = insert(entries), insert(postings)
_MOVE_HEAD = (
    update(ledger_state)
    .where(ledger_state.c.head_position == bindparam("before"))
    .values(head_position=bindparam("position"), head_hash=bindparam("hash"), head_booked_at=bindparam("booked_at"))
)


def append(
    connection: Connection,
    before: State,
    drafts: Sequence[Draft],
    account_keys: Mapping[str, int],
    initiator_keys: Mapping[Initiator, int],
) -> State:
    """Append entries and postings, each sealed with those before it, and return the new state.

    `account_keys` are those of customers, by id; the bank's own are looked up.
    """
    if not drafts:
        return before
    position, chained = before.head_position, before.head_hash
    keys = {**account_keys, **_keys_of_others(connection, drafts, account_keys)}
    entry_rows, posting_rows = [], []
    for draft in drafts:
        position += 1
        entry = draft.entry
        chained = chain_hash(CURRENT_VERSION, chained, position, entry, draft.postings)
        entry_rows.append(
            {
                "position": position,
                "id": entry.id,
                "type": entry.type,
                "currency": entry.currency,
                "amount_minor": entry.amount_minor,
                "payer_key": keys[entry.from_account_id] if entry.from_account_id else None,
                "payee_key": keys[entry.to_account_id] if entry.to_account_id else None,
                "description": entry.description,
                "category": entry.category,
                "reverses": draft.reverses,
                "effective_at": entry.effective_at,
                "booked_at": entry.booked_at,
                "initiator_key": initiator_keys[entry.initiator],
                "request_id": entry.request_id,
                "hash_version": CURRENT_VERSION,
                "hash": chained,
            }
        )
        posting_rows += [
            {
                "position": position,
                "leg": number,
                "account_key": keys[leg.account_id],
                "currency": leg.currency,
                "amount_minor": leg.amount_minor,
                "balance_after_minor": leg.balance_after_minor,
                "effective_at": entry.effective_at,
            }
            for number, leg in enumerate(draft.postings)
        ]
    connection.execute(_ADD_ENTRY, entry_rows)
    connection.execute(_ADD_POSTING, posting_rows)
    after = State(position, chained, drafts[-1].entry.booked_at, before.clock_offset_us)
    head = {"before": before.head_position, "position": position, "hash": chained, "booked_at": after.head_booked_at}
    moved = connection.execute(_MOVE_HEAD, head)
    if moved.rowcount != 1:
        raise DriftError("the head of the journal moved under the lock")
    return after


_KEYS_BY_ID = select(accounts.c.id, accounts.c.key).where(accounts.c.id.in_(bindparam("ids", expanding=True)))


def _keys_of_others(connection: Connection, drafts: Sequence[Draft], known: Mapping[str, int]) -> dict[str, int]:
    others = {leg.account_id for draft in drafts for leg in draft.postings if leg.account_id not in known}
    if not others:
        return {}
    return {row[0]: row[1] for row in connection.execute(_KEYS_BY_ID, {"ids": sorted(others)})}


_MOVE_BALANCE = (
    update(accounts)
    .where(
        accounts.c.key == bindparam("account"),
        accounts.c.balance_minor == bindparam("before"),
    )
    .values(balance_minor=bindparam("after"), floor_passed_at=bindparam("passed_at"))
)


def move_balances(connection: Connection, changes: list[dict[str, Any]]) -> None:
    """Set balances `{account, before, after, passed_at}`. Raises DriftError when one is not as it was read."""
    if changes and connection.execute(_MOVE_BALANCE, changes).rowcount != len(changes):
        raise DriftError("a balance moved under the lock")


_ADD_OUTGOING = (
    update(daily_outgoings)
    .where(daily_outgoings.c.account_key == bindparam("account"), daily_outgoings.c.day == bindparam("on"))
    .values(amount_minor=bindparam("amount"))
)


def store_outgoings(connection: Connection, known: set[AccountDay], totals: dict[AccountDay, int]) -> None:
    """Write what has left accounts per day; `known` are the rows that exist already."""
    changed = [{"account": key[0], "on": key[1], "amount": total} for key, total in totals.items() if key in known]
    added = [
        {"account_key": key[0], "day": key[1], "amount_minor": total}
        for key, total in totals.items()
        if key not in known
    ]
    if changed:
        connection.execute(_ADD_OUTGOING, changed)
    if added:
        connection.execute(insert(daily_outgoings), added)


def record_refusals(
    connection: Connection, rows: list[dict[str, Any]], initiator_keys: Mapping[Initiator, int]
) -> None:
    """Keep refused attempts, for the people who made them; each with its `initiator`."""
    if rows:
        kept = [{**row, "initiator_key": initiator_keys[row["initiator"]]} for row in rows]
        for row in kept:
            del row["initiator"]
        connection.execute(insert(refused_attempts), kept)
