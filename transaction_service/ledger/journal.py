"""The ledger's write-side SQL: accounts under lock, entries with their postings and seals, what follows from them.

Everything here runs inside a write transaction that the caller opened and alone commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update

from shared.amounts.money import Money
from shared.storage.compact_columns import pack_id, pack_uuid, unpack_id
from shared.storage.statements import Row, Statement
from transaction_service.due_work.queue import NEXT
from transaction_service.exchange.agreement import Exchange
from transaction_service.exchange.exchange_rows import EXCHANGE, exchange_of
from transaction_service.ledger.chain import chain_hash, version_of
from transaction_service.ledger.decisions import Account
from transaction_service.ledger.entry import Entry, Initiator, Posting
from transaction_service.ledger.entry_rows import ENTRY, REVERSED, REVERSED_OTHER, entry_of, with_what_it_names
from transaction_service.models import (
    accounts,
    daily_outgoings,
    entries,
    floor_passings,
    ledger_state,
    postings,
)


class State(NamedTuple):
    """The head of the chain and the bank clock, as one row holds them, and when the next work falls due.

    `stands_at` is the bank's time while its clock stands still.
    """

    head_position: int
    head_hash: str
    head_booked_at: int
    clock_offset_us: int
    stands_at: int | None
    next_due_at: int | None

    def bank_time(self, real_us: int) -> int:
        """The bank's time at a real one: that of work which is due, until that is done (due_work/bank_clock.py)."""
        time_us = self.clock_us(real_us)
        return time_us if self.next_due_at is None else min(time_us, self.next_due_at)

    def clock_us(self, real_us: int) -> int:
        """Where the clock is, or goes to, at a real time, whatever is due."""
        return real_us + self.clock_offset_us if self.stands_at is None else self.stands_at


class Draft(NamedTuple):
    """An entry with its postings, about to be written; `reverses` is the position of what it takes back."""

    entry: Entry
    postings: tuple[Posting, ...]
    reverses: int | None


class Original(NamedTuple):
    """An entry about to be reversed, where it stands, what it exchanged, and how much of it was reversed already.

    `reversed_other_minor` is the same in the other currency of an exchange.
    """

    position: int
    entry: Entry
    exchange: Exchange | None
    reversed_minor: int
    reversed_other_minor: int

    @property
    def left_minor(self) -> int:
        """How much of it is left, in its own currency."""
        return self.entry.amount_minor - self.reversed_minor

    @property
    def left(self) -> Exchange | None:
        """What is left of what it exchanged."""
        if self.exchange is None:
            return None
        source, target = (
            Money(side.minor - self._reversed_in(side.currency), side.currency)
            for side in (self.exchange.source, self.exchange.target)
        )
        return self.exchange._replace(source=source, target=target)

    def _reversed_in(self, currency: str) -> int:
        return self.reversed_minor if currency == self.entry.currency else self.reversed_other_minor

    def other_minor(self, reversal: Exchange | None) -> int:
        """How much a reversal moves of the currency that is not the entry's; nothing where there is only one."""
        sides = () if reversal is None else (reversal.source, reversal.target)
        return sum(side.minor for side in sides if side.currency != self.entry.currency)

    def without(self, minor: int, other_minor: int) -> "Original":
        """The same once this much more of it was reversed."""
        return self._replace(
            reversed_minor=self.reversed_minor + minor, reversed_other_minor=self.reversed_other_minor + other_minor
        )


class BalanceChange(NamedTuple):
    """What becomes of an account, if it still has the balance and holds what it did before."""

    after: int
    held_after: int
    passed_at: int | None
    account_key: int
    before: int
    held_before: int


AccountDay = tuple[int, int]
"""The key of an account, and a day of the bank since the epoch."""


class DriftError(RuntimeError):
    """A row is not as it was read under the lock: an impossible state, so nothing may be written (LEDGER rule 12)."""


_STATE = Statement(
    select(
        ledger_state.c.head_position,
        ledger_state.c.head_hash,
        ledger_state.c.head_booked_at,
        ledger_state.c.clock_offset_us,
        ledger_state.c.clock_stands_at,
        NEXT.scalar_subquery(),
    )
)


def state(connection: Connection) -> State:
    """The ledger's one row of state."""
    ((position, chained, booked_at, offset_us, stands_at, next_due_at),) = _STATE.rows(connection)
    return State(position, chained.hex(), booked_at, offset_us, stands_at, next_due_at)


_ACCOUNTS_BY_ID = Statement(
    select(*(accounts.c[field.name] for field in fields(Account)))
    .where(accounts.c.id.in_(bindparam("ids", expanding=True)), accounts.c.owner_id.is_not(None))
    .order_by(accounts.c.key)
    .with_for_update(),
    "ids",
)
_IDS_BY_NUMBER = Statement(
    select(accounts.c.id).where(accounts.c.account_number.in_(bindparam("numbers", expanding=True))), "numbers"
)


def lock_accounts(connection: Connection, ids: Iterable[str], numbers: Iterable[str] = ()) -> list[Account]:
    """Customer accounts by id and by number, locked in the order of their keys; unknown ones are absent."""
    wanted = {pack_id(account_id) for account_id in ids}
    by_number = list(numbers)
    if by_number:
        wanted.update(account_id for (account_id,) in _IDS_BY_NUMBER.rows_of(connection, by_number))
    if not wanted:
        return []
    rows = _ACCOUNTS_BY_ID.rows_of(connection, sorted(wanted))
    return [
        Account(key, unpack_id(account_id), unpack_id(owner_id), *rest) for key, account_id, owner_id, *rest in rows
    ]


_SPENT = Statement(
    select(daily_outgoings.c.account_key, daily_outgoings.c.day, daily_outgoings.c.amount_minor).where(
        tuple_(daily_outgoings.c.account_key, daily_outgoings.c.day).in_(bindparam("days", expanding=True))
    ),
    "days",
)


def spent_on(connection: Connection, account_days: Sequence[AccountDay]) -> dict[AccountDay, int]:
    """What has left each account on each day."""
    if not account_days:
        return {}
    return {(row[0], row[1]): row[2] for row in _SPENT.rows_of(connection, account_days)}


_REVERSALS = (REVERSED.label("reversed_minor"), REVERSED_OTHER.label("reversed_other_minor"))
_ORIGINALS = (
    select(*ENTRY, entries.c.position, *EXCHANGE, *_REVERSALS)
    .select_from(with_what_it_names(entries))
    .where(entries.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(entries.c.position)
    .with_for_update(of=entries)
)


def originals(connection: Connection, ids: Sequence[str]) -> dict[str, Original]:
    """Entries about to be reversed, locked, by their ids."""
    if not ids:
        return {}
    return {
        row.id: Original(
            row.position, entry_of(row), exchange_of(row), int(row.reversed_minor), int(row.reversed_other_minor)
        )
        for row in connection.execute(_ORIGINALS, {"ids": ids})
    }


_ADD_ENTRY = Statement(insert(entries), *entries.c.keys())
_ADD_POSTING = Statement(insert(postings), *postings.c.keys())
_MOVE_HEAD = Statement(
    update(ledger_state)
    .where(ledger_state.c.head_position == bindparam("before"))
    .values(head_position=bindparam("position"), head_hash=bindparam("hash"), head_booked_at=bindparam("booked_at")),
    "position",
    "hash",
    "booked_at",
    "before",
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
    chained, seals = before.head_hash, []
    for position, (entry, legs, _) in enumerate(drafts, start=before.head_position + 1):
        chained = chain_hash(version_of(entry), chained, position, entry, legs)
        seals.append(bytes.fromhex(chained))
    keys = {**account_keys, **_keys_of_others(connection, drafts, account_keys)}
    _ADD_ENTRY.run(connection, _entry_rows(before.head_position, drafts, seals, keys, initiator_keys))
    _ADD_POSTING.run(connection, _posting_rows(before.head_position, drafts, keys))
    position, booked_at = before.head_position + len(drafts), drafts[-1].entry.booked_at
    after = before._replace(head_position=position, head_hash=chained, head_booked_at=booked_at)
    head = (position, seals[-1], booked_at, before.head_position)
    if _MOVE_HEAD.run(connection, [head]) != 1:
        raise DriftError("the head of the journal moved under the lock")
    return after


def _entry_rows(
    before: int,
    drafts: Sequence[Draft],
    seals: Sequence[bytes],
    keys: Mapping[str, int],
    initiator_keys: Mapping[Initiator, int],
) -> list[Row]:
    """The entries that follow a position as their table keeps them, in the order of the columns."""
    rows: list[Row] = []
    requests: dict[str | None, bytes | None] = {None: None, "": None}
    for position, (draft, seal) in enumerate(zip(drafts, seals, strict=True), start=before + 1):
        entry, _, reverses = draft
        entry_id, kind, currency, amount_minor, payer_id, payee_id, description, category, _, *_ = entry
        if entry.request_id not in requests:
            requests[entry.request_id] = pack_id(entry.request_id or "")
        rows.append(
            (
                position,
                pack_uuid(entry_id),
                kind,
                currency,
                amount_minor,
                keys[payer_id] if payer_id else None,
                keys[payee_id] if payee_id else None,
                description,
                category,
                reverses,
                entry.effective_at,
                entry.booked_at,
                initiator_keys[entry.initiator],
                requests[entry.request_id],
                version_of(entry),
                seal,
                entry.end_to_end_id,
            )
        )
    return rows


def _posting_rows(before: int, drafts: Sequence[Draft], keys: Mapping[str, int]) -> list[Row]:
    """Their postings, in the order of the columns."""
    return [
        (position, number, keys[account_id], currency, amount_minor, after_minor, draft.entry.effective_at)
        for position, draft in enumerate(drafts, start=before + 1)
        for number, (account_id, currency, amount_minor, after_minor) in enumerate(draft.postings)
    ]


_KEYS_BY_ID = Statement(
    select(accounts.c.id, accounts.c.key).where(accounts.c.id.in_(bindparam("ids", expanding=True))), "ids"
)


def _keys_of_others(connection: Connection, drafts: Sequence[Draft], known: Mapping[str, int]) -> dict[str, int]:
    others = {leg.account_id for draft in drafts for leg in draft.postings if leg.account_id not in known}
    if not others:
        return {}
    rows = _KEYS_BY_ID.rows_of(connection, sorted(map(pack_id, others)))
    return {unpack_id(account_id): key for account_id, key in rows}


_MOVE_BALANCE = Statement(
    update(accounts)
    .where(accounts.c.key == bindparam("account_key"), accounts.c.balance_minor == bindparam("before"))
    .where(accounts.c.held_minor == bindparam("held_before"))
    .values(
        balance_minor=bindparam("after"),
        held_minor=bindparam("held_after"),
        floor_passed_at=bindparam("passed_at"),
    ),
    *BalanceChange._fields,
)


def move_balances(connection: Connection, changes: Sequence[BalanceChange]) -> None:
    """Set balances. Raises DriftError when one is not as it was read."""
    if changes and _MOVE_BALANCE.run(connection, changes) != len(changes):
        raise DriftError("a balance moved under the lock")


_PASS_FLOOR = Statement(insert(floor_passings), "position", "account_key", "below_minor")


def note_below_floor(connection: Connection, below: Mapping[tuple[int, int], int]) -> None:
    """Keep how far entries left accounts below their floor, by the position and the account's key."""
    if below:
        _PASS_FLOOR.run(connection, [(*place, minor) for place, minor in below.items()])


_CHANGE_OUTGOING = Statement(
    update(daily_outgoings)
    .where(daily_outgoings.c.account_key == bindparam("account"), daily_outgoings.c.day == bindparam("on"))
    .values(amount_minor=bindparam("amount")),
    "amount",
    "account",
    "on",
)
_ADD_OUTGOING = Statement(insert(daily_outgoings), "account_key", "day", "amount_minor")


def store_outgoings(connection: Connection, known: set[AccountDay], totals: dict[AccountDay, int]) -> None:
    """Write what has left accounts per day; `known` are the rows that exist already."""
    changed = [(total, *account_day) for account_day, total in totals.items() if account_day in known]
    added = [(*account_day, total) for account_day, total in totals.items() if account_day not in known]
    if changed:
        _CHANGE_OUTGOING.run(connection, changed)
    if added:
        _ADD_OUTGOING.run(connection, added)
