"""What reporting derives from the ledger's journal: entries and their legs, balances, and the volume of each day.

A page of the feed is one commit: everything derived from it, and the position it ends at with the hash found there.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from reporting_service.models import (
    balances,
    custom_report_runs,
    custom_reports,
    entries,
    events,
    exchanges,
    feed_heads,
    feed_positions,
    legs,
    metadata,
    reports,
    statements_told,
    volumes,
)
from reporting_service.projections import bank_clock, turnover
from shared.events import feeds
from shared.events.feeds import FeedPosition, FeedReader
from shared.storage.database import Database
from shared.storage.statements import Row, Statement
from shared.time import business_days

FEED = "journal"
DERIVED = ("entries", "exchanges", "legs", "balances", "volumes", "turnover")
"""The tables that are derived from the journal."""
_IDS_A_QUERY = 1000

FeedRow = dict[str, Any]


def reader(database: Database) -> FeedReader:
    """What takes the journal in; when it begins anew, stored reports go too, as they told of another journal."""
    return FeedReader(database, feed_positions, FEED, derive=derive, forget=empty, mark="hash")


def position(database: Database) -> int:
    """How far the journal has been taken in."""
    with database.read() as connection:
        return read_position(connection).position


def read_position(connection: Connection, *, for_update: bool = False) -> FeedPosition:
    """How far the journal has been taken in; the mark is the ledger's hash there."""
    return feeds.read_position(connection, feed_positions, FEED, for_update=for_update)


def empty(connection: Connection) -> None:
    """Drop what was derived, with the stored reports and those that people have built."""
    drop(connection)
    for table in (reports, custom_report_runs, custom_reports, events, statements_told):
        connection.execute(delete(table))
    feeds.rewind(connection, feed_heads, events)


def drop(connection: Connection) -> None:
    """Drop what was derived; deriving it again gives the same."""
    for name in DERIVED:
        connection.execute(delete(metadata.tables[name]))
    bank_clock.forget(connection)


def keep_calendar(database: Database) -> None:
    """Begin the journal anew if its days were derived by the calendar of another zone than the bank's is now."""
    with database.write() as connection:
        if bank_clock.is_of_another_zone(connection):
            drop(connection)
            reader(database).go_back(connection)


@dataclass(frozen=True, slots=True)
class _Account:
    """An account that a page touches: whose it is (None: the bank's), and by how much its balance moves."""

    owner_id: str | None
    currency: str


def derive(connection: Connection, rows: list[FeedRow]) -> None:
    """Take in rows that follow those taken in before."""
    days = [business_days.day_number(row["effective_at_us"]) for row in rows]
    touched: dict[str, _Account] = {}
    moved: defaultdict[str, int] = defaultdict(int)
    volume: defaultdict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    entry_rows: list[Row] = []
    leg_rows: list[Row] = []
    for row, day in zip(rows, days, strict=True):
        sides: list[str | None] = [None, None]
        for posting in row["postings"]:
            account_id, amount_minor, owner_id = posting["account_id"], posting["amount_minor"], posting["owner_id"]
            if account_id not in touched:
                touched[account_id] = _Account(owner_id, posting["currency"])
            moved[account_id] += amount_minor
            if owner_id is not None:
                sides[amount_minor > 0] = account_id
            leg = (posting["leg"], posting["currency"], amount_minor, posting["balance_after_minor"])
            leg_rows.append((account_id, row["effective_at_us"], row["position"], *leg))
        entry_rows.append(_entry(row, day, *sides))
        moved_then = volume[day, row["currency"], row["type"]]
        moved_then[0] += 1
        moved_then[1] += row["amount_minor"]
    _ADD_ENTRY.run(connection, entry_rows)
    _ADD_LEG.run(connection, leg_rows)
    exchanged = [{"position": row["position"], **row["exchange"]} for row in rows if row["exchange"] is not None]
    if exchanged:
        connection.execute(insert(exchanges), exchanged)
    _move_balances(connection, touched, moved)
    _add_volume(connection, volume)
    turnover.add(connection, rows, days)
    bank_clock.take_in(connection, rows)


_ADD_ENTRY = Statement(insert(entries), *entries.c.keys())
_ADD_LEG = Statement(insert(legs), *legs.c.keys())


def _entry(row: FeedRow, day: int, from_account_id: str | None, to_account_id: str | None) -> Row:
    """The entry as its table keeps it, in the order of the columns."""
    by = row["initiated_by"]
    return (
        row["position"],
        row["id"],
        row["type"],
        row["currency"],
        row["amount_minor"],
        from_account_id,
        to_account_id,
        row["description"],
        row["category"],
        by["user_id"],
        by["kind"],
        by["role"],
        by["session_id"],
        by["channel"],
        by["request_id"],
        row["reverses"],
        row["effective_at_us"],
        row["booked_at_us"],
        day,
        row["hash_version"],
        row["hash"],
        row["end_to_end_id"],
    )


_MOVE = (
    update(balances)
    .where(balances.c.account_id == bindparam("account"))
    .values(balance_minor=balances.c.balance_minor + bindparam("moved"))
)


def _move_balances(connection: Connection, touched: dict[str, _Account], moved: dict[str, int]) -> None:
    ids = sorted(touched)
    known: set[str] = set()
    for start in range(0, len(ids), _IDS_A_QUERY):
        some = ids[start : start + _IDS_A_QUERY]
        known.update(connection.execute(select(balances.c.account_id).where(balances.c.account_id.in_(some))).scalars())
    changed = [{"account": account_id, "moved": moved[account_id]} for account_id in ids if account_id in known]
    added = [
        {
            "account_id": account_id,
            "owner_id": touched[account_id].owner_id,
            "currency": touched[account_id].currency,
            "balance_minor": moved[account_id],
        }
        for account_id in ids
        if account_id not in known
    ]
    if changed:
        connection.execute(_MOVE, changed)
    if added:
        connection.execute(insert(balances), added)


_ADD = (
    update(volumes)
    .where(
        volumes.c.day == bindparam("on"),
        volumes.c.currency == bindparam("in"),
        volumes.c.type == bindparam("of"),
    )
    .values(entries=volumes.c.entries + bindparam("more"), amount_minor=volumes.c.amount_minor + bindparam("by"))
)


def _add_volume(connection: Connection, volume: dict[tuple[int, str, str], list[int]]) -> None:
    key = tuple_(volumes.c.day, volumes.c.currency, volumes.c.type)
    query = select(volumes.c.day, volumes.c.currency, volumes.c.type).where(key.in_(list(volume)))
    known = {tuple(row) for row in connection.execute(query)}
    changed, added = [], []
    for (day, currency, entry_type), (count, amount_minor) in volume.items():
        if (day, currency, entry_type) in known:
            changed.append({"on": day, "in": currency, "of": entry_type, "more": count, "by": amount_minor})
        else:
            added.append(
                {"day": day, "currency": currency, "type": entry_type, "entries": count, "amount_minor": amount_minor}
            )
    if changed:
        connection.execute(_ADD, changed)
    if added:
        connection.execute(insert(volumes), added)
