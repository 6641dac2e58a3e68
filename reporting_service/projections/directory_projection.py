"""What reporting derives from the events of auth and of the account service: the users, and the accounts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from reporting_service.models import accounts, users
from reporting_service.projections import feed_positions
from reporting_service.projections.feed_positions import Position
from shared import clock
from shared.database import Database

USERS_FEED, ACCOUNTS_FEED = "users", "accounts"
TOLD_OF_USERS = frozenset({"user_registered", "user_updated"})
TOLD_OF_ACCOUNTS = frozenset(
    {"account_opened", "account_updated", "account_closed", "account_frozen", "account_unfrozen"}
)
BANK_RESET = "bank_reset"
_TABLES: dict[str, Table] = {USERS_FEED: users, ACCOUNTS_FEED: accounts}

Row = dict[str, Any]


class Directory:
    """One of the two feeds on its way into its projection; a consumer asks for the position, then brings a page."""

    def __init__(self, database: Database, feed: str) -> None:
        self._database = database
        self._feed = feed
        self._asked_after = 0

    def position(self) -> int:
        """How far this feed has been taken in: the next page is expected to follow it."""
        with self._database.read() as connection:
            self._asked_after = read_position(connection, self._feed)
        return self._asked_after

    def apply(self, rows: Sequence[Row]) -> None:
        """Take in a page: the newest facts of each user or account, and the position, in one commit.

        Does nothing when another process has gone on or begun anew meanwhile: the page would leave a hole.
        """
        with self._database.write() as connection:
            if read_position(connection, self._feed) == self._asked_after:
                _derive(connection, self._feed, rows)
                feed_positions.store(connection, self._feed, Position(rows[-1]["position"]))

    def rewind(self) -> None:
        """The service behind the feed begins anew: drop everything derived from it."""
        with self._database.write() as connection:
            drop(connection, self._feed)


def read_position(connection: Connection, feed: str) -> int:
    """How far this feed has been taken in."""
    reached = feed_positions.read(connection, feed)
    return reached.position if reached else 0


def drop(connection: Connection, feed: str) -> None:
    """Drop what was derived and go back to the start."""
    connection.execute(delete(_TABLES[feed]))
    feed_positions.store(connection, feed, Position(0))


def _derive(connection: Connection, feed: str, rows: Iterable[Row]) -> None:
    changed: dict[str, Row] = {}
    for row in rows:
        if row["type"] == BANK_RESET:
            changed = {
                user_id: facts for user_id, facts in changed.items() if facts.get("role") not in (None, "customer")
            }
            _forget_customers(connection, feed)
        elif row["type"] in TOLD_OF_USERS | TOLD_OF_ACCOUNTS:
            facts = _user(row) if feed == USERS_FEED else _account(row["data"])
            earlier = changed.get(facts["id"])
            changed[facts["id"]] = {**earlier, **facts} if earlier else facts
    table = _TABLES[feed]
    if feed == USERS_FEED:
        _keep_registration(connection, changed)
    if changed:
        connection.execute(delete(table).where(table.c.id.in_(list(changed))))
        connection.execute(insert(table), list(changed.values()))


def _forget_customers(connection: Connection, feed: str) -> None:
    table = _TABLES[feed]
    forgotten = delete(table)
    connection.execute(forgotten.where(users.c.role == "customer") if feed == USERS_FEED else forgotten)


def _keep_registration(connection: Connection, changed: dict[str, Row]) -> None:
    """An update does not say when the user registered: keep what is known, else it is the first we hear of them."""
    updated = [user_id for user_id, facts in changed.items() if "registered_at" not in facts]
    query = select(users.c.id, users.c.registered_at).where(users.c.id.in_(updated))
    known = {row.id: row.registered_at for row in connection.execute(query)}
    for user_id in updated:
        changed[user_id]["registered_at"] = known.get(user_id, 0)


def _user(row: Row) -> Row:
    told = row["data"]
    facts = {name: told[name] for name in ("username", "full_name", "email", "role", "status")}
    facts |= {"id": told["user_id"], "synthetic": int(told["synthetic"])}
    return facts | {"registered_at": instant(row["occurred_at"])} if row["type"] == "user_registered" else facts


def _account(told: Row) -> Row:
    names = ("user_id", "holder_name", "account_number", "account_type", "currency", "nickname", "status")
    return {
        **{name: told[name] for name in names},
        "id": told["account_id"],
        "synthetic": int(told["synthetic"]),
        "created_at": instant(told["created_at"]),
        "closed_at": None if told["closed_at"] is None else instant(told["closed_at"]),
    }


def instant(wire: str) -> int:
    """Microseconds since the epoch of a time as the API writes it."""
    return clock.from_datetime(datetime.fromisoformat(wire))
