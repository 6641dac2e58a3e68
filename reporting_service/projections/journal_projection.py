"""What reporting derives from the ledger's journal: entries and their legs, balances, and the volume of each day.

A page of the feed is one commit: everything derived from it, and the position it ends at with the hash found there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from reporting_service.models import balances, entries, legs, metadata, reports, volumes
from reporting_service.projections import feed_positions, turnover
from reporting_service.projections.feed_positions import Position
from reporting_service.projections.turnover import DAY_US
from reporting_service.proof.chain import GENESIS_HASH
from shared.database import Database

FEED = "journal"
DERIVED = ("entries", "legs", "balances", "volumes", "turnover")
"""The tables that are derived from the journal."""
_IDS_A_QUERY = 1000
START = Position(0, GENESIS_HASH)

Row = dict[str, Any]


def position(database: Database) -> int:
    """How far the journal has been taken in."""
    with database.read() as connection:
        return read_position(connection).position


def read_position(connection: Connection) -> Position:
    """How far the journal has been taken in, and the ledger's hash there."""
    return feed_positions.read(connection, FEED) or START


def apply(database: Database, rows: Sequence[Row]) -> None:
    """Take in a page that begins with the row at our position (see `FeedConsumer.overlap`).

    When that row is not the one we know, the ledger has been emptied or restored since: then everything derived is
    dropped, to be derived again from the start. A page that would leave a hole, as another process began anew after it
    was asked for, is left alone.
    """
    with database.read() as connection:
        known = read_position(connection)
    if rows[-1]["position"] == known.position and rows[-1]["hash"] == known.hash:
        return
    with database.write() as connection:
        known = read_position(connection)
        if any(row["position"] == known.position and row["hash"] != known.hash for row in rows):
            empty(connection)
            return
        fresh = [row for row in rows if row["position"] > known.position]
        if fresh and fresh[0]["position"] == known.position + 1:
            _derive(connection, fresh)
            feed_positions.store(connection, FEED, Position(fresh[-1]["position"], fresh[-1]["hash"]))


def rewind(database: Database) -> None:
    """The ledger begins anew: drop everything derived from it, and the reports about what is no more."""
    with database.write() as connection:
        empty(connection)


def empty(connection: Connection) -> None:
    """Drop what was derived and go back to the start, with the stored reports, which told of another journal."""
    drop(connection)
    connection.execute(delete(reports))


def drop(connection: Connection) -> None:
    """Drop what was derived and go back to the start; deriving it again gives the same."""
    for name in DERIVED:
        connection.execute(delete(metadata.tables[name]))
    feed_positions.store(connection, FEED, START)


@dataclass(frozen=True, slots=True)
class _Account:
    """An account that a page touches: whose it is (None: the bank's), and by how much its balance moves."""

    owner_id: str | None
    currency: str


def _derive(connection: Connection, rows: list[Row]) -> None:
    touched: dict[str, _Account] = {}
    moved: defaultdict[str, int] = defaultdict(int)
    volume: defaultdict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    entry_rows, leg_rows = [], []
    for row in rows:
        sides: list[str | None] = [None, None]
        for posting in row["postings"]:
            account_id, amount_minor, owner_id = posting["account_id"], posting["amount_minor"], posting["owner_id"]
            if account_id not in touched:
                touched[account_id] = _Account(owner_id, row["currency"])
            moved[account_id] += amount_minor
            if owner_id is not None:
                sides[amount_minor > 0] = account_id
            leg_rows.append(
                {
                    "account_id": account_id,
                    "effective_at": row["effective_at_us"],
                    "position": row["position"],
                    "amount_minor": amount_minor,
                    "balance_after_minor": posting["balance_after_minor"],
                }
            )
        entry_rows.append(_entry(row, *sides))
        day = volume[row["effective_at_us"] // DAY_US, row["currency"], row["type"]]
        day[0] += 1
        day[1] += row["amount_minor"]
    connection.execute(insert(entries), entry_rows)
    connection.execute(insert(legs), leg_rows)
    _move_balances(connection, touched, moved)
    _add_volume(connection, volume)
    turnover.add(connection, rows)


def _entry(row: Row, from_account_id: str | None, to_account_id: str | None) -> Row:
    return {
        "position": row["position"],
        "id": row["id"],
        "type": row["type"],
        "currency": row["currency"],
        "amount_minor": row["amount_minor"],
        "from_account_id": from_account_id,
        "to_account_id": to_account_id,
        "description": row["description"],
        "category": row["category"],
        "initiator_id": row["initiator_id"],
        "reverses": row["reverses"],
        "effective_at": row["effective_at_us"],
        "booked_at": row["booked_at_us"],
        "hash": row["hash"],
    }


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
