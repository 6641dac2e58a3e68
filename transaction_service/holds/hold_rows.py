"""The SQL of holds. Everything here runs inside a write transaction that the caller opened and alone commits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from shared.events import feeds
from shared.events.event_feed import Event, event_rows
from shared.storage.compact_columns import CompactId, pack_id, pack_uuid, unpack_id
from shared.storage.statements import Row, Statement
from shared.time import clock
from transaction_service.due_work import queue
from transaction_service.holds.hold import Hold
from transaction_service.ledger.entry import Initiator
from transaction_service.models import accounts, events, feed_heads, hold_captures, holds

HOLD = (
    holds.c.key,
    holds.c.id,
    accounts.c.id.label("account_id"),
    accounts.c.owner_id,
    holds.c.authorization_id,
    holds.c.currency,
    holds.c.amount_minor,
    holds.c.captured_minor,
    holds.c.remaining_minor,
    holds.c.status,
    holds.c.description,
    holds.c.expires_at,
    holds.c.created_at,
    holds.c.ended_at,
)
"""The columns of a hold, in the order of its fields, of `HOLDS`."""
HOLDS = holds.join(accounts, accounts.c.key == holds.c.account_key)
_BY_ID = select(*HOLD).select_from(HOLDS).where(holds.c.id.in_(bindparam("ids", expanding=True))).order_by(holds.c.key)
_IDS = [place for place, column in enumerate(HOLD) if isinstance(column.type, CompactId)]
_READ, _LOCKED = Statement(_BY_ID, "ids"), Statement(_BY_ID.with_for_update(of=holds), "ids")


class PlacedHold(NamedTuple):
    """A hold about to be written, and who asked for it in which request."""

    hold: Hold
    initiator: Initiator
    request_id: str | None


def locked(connection: Connection, ids: Iterable[str]) -> dict[str, Hold]:
    """Holds by their ids, locked; unknown ones are absent."""
    return _by_id(connection, _LOCKED, ids)


def read(connection: Connection, ids: Iterable[str]) -> dict[str, Hold]:
    """Holds by their ids, to be looked at; unknown ones are absent."""
    return _by_id(connection, _READ, ids)


def _by_id(connection: Connection, query: Statement, ids: Iterable[str]) -> dict[str, Hold]:
    wanted = sorted(set(ids))
    found = {}
    for row in query.rows_of(connection, list(map(pack_id, wanted))) if wanted else ():
        facts = list(row)
        for place in _IDS:
            facts[place] = None if facts[place] is None else unpack_id(facts[place])
        hold = Hold(*facts)
        found[hold.id] = hold
    return found


def hold_of(row: Sequence[Any]) -> Hold:
    """The hold that a row begins with, of a query that selects HOLD first."""
    return Hold(*row[: len(HOLD)])


_ADD = Statement(
    insert(holds),
    *("id", "account_key", "authorization_id", "currency", "amount_minor", "captured_minor", "remaining_minor"),
    *("status", "description", "initiator_key", "request_id", "expires_at", "created_at", "ended_at"),
)
_CHANGE = Statement(
    update(holds)
    .where(holds.c.key == bindparam("hold"), holds.c.ended_at.is_(None))
    .values(
        amount_minor=bindparam("amount"),
        captured_minor=bindparam("captured"),
        remaining_minor=bindparam("remaining"),
        status=bindparam("as"),
        ended_at=bindparam("at"),
    ),
    *("amount", "captured", "remaining", "as", "at", "hold"),
)
_LINK = Statement(insert(hold_captures), "position", "hold_key")


def add(
    connection: Connection,
    placed: Sequence[PlacedHold],
    account_keys: Mapping[str, int],
    initiator_keys: Mapping[Initiator, int],
) -> None:
    """Write new holds, and when they expire."""
    if not placed:
        return
    rows: list[Row] = [_row(each, account_keys, initiator_keys[each.initiator]) for each in placed]
    _ADD.run(connection, rows)
    queue.schedule(connection, queue.HOLD_EXPIRY, [(each.hold.id, each.hold.expires_at) for each in placed])


def change(connection: Connection, changed: Sequence[Hold]) -> bool:
    """Write what became of holds that were pending; whether they all were. What has ended does not expire any more."""
    if not changed:
        return True
    rows: list[Row] = [
        (hold.amount_minor, hold.captured_minor, hold.remaining_minor, hold.status, hold.ended_at, hold.key)
        for hold in changed
    ]
    were_pending = _CHANGE.run(connection, rows) == len(rows)
    queue.cancel(connection, queue.HOLD_EXPIRY, [hold.id for hold in changed if hold.ended_at is not None])
    return were_pending


def tell(connection: Connection, told: Sequence[Event]) -> None:
    """Publish what became of holds."""
    feeds.append(connection, feed_heads, events, event_rows(told, at=clock.now_us()))


def link(connection: Connection, captures: Iterable[tuple[int, int]]) -> None:
    """Keep which entry, by its position, took from which hold, by its key."""
    rows: list[Row] = list(captures)
    if rows:
        _LINK.run(connection, rows)


def _row(placed: PlacedHold, account_keys: Mapping[str, int], initiator_key: int) -> Row:
    hold = placed.hold
    return (
        pack_uuid(hold.id),
        account_keys[hold.account_id],
        None if hold.authorization_id is None else pack_uuid(hold.authorization_id),
        hold.currency,
        hold.amount_minor,
        hold.captured_minor,
        hold.remaining_minor,
        hold.status,
        hold.description,
        initiator_key,
        None if placed.request_id is None else pack_id(placed.request_id),
        hold.expires_at,
        hold.created_at,
        hold.ended_at,
    )
