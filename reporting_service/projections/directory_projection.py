"""What reporting derives from the events of auth and of the account service: the users, and the accounts."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from reporting_service.models import accounts, feed_positions, users
from reporting_service.projections.source_events import AccountFacts, UserFacts
from shared.enums import AccountEventType, AccountStatus, Role, UserEventType
from shared.events.event_feed import EventRow
from shared.events.feeds import FeedReader
from shared.storage.database import Database

USERS_FEED, ACCOUNTS_FEED = "users", "accounts"
TOLD_OF_USERS = frozenset({UserEventType.USER_REGISTERED, UserEventType.USER_UPDATED})
TOLD_OF_ACCOUNTS = frozenset(AccountEventType) - {AccountEventType.BANK_RESET}
BANK_RESET = "bank_reset"
_TABLES: dict[str, Table] = {USERS_FEED: users, ACCOUNTS_FEED: accounts}
_SETTLED = {AccountStatus.CLOSING: AccountStatus.OPEN}
"""What an account on its way to another state is until it is there: that is told by an event of its own."""
_NOT_THERE = frozenset({AccountStatus.OPENING, AccountStatus.REFUSED})
"""An account that is not open yet, or never will be, is told by no event; what names one is left alone."""

Row = dict[str, Any]


def reader(database: Database, feed: str) -> FeedReader:
    """What takes one of the two feeds in."""
    return FeedReader(database, feed_positions, feed, derive=partial(_derive, feed), forget=partial(drop, feed=feed))


def drop(connection: Connection, feed: str) -> None:
    """Drop what was derived."""
    connection.execute(delete(_TABLES[feed]))


def _derive(feed: str, connection: Connection, rows: Iterable[Row]) -> None:
    changed: dict[str, Row] = {}
    for row in rows:
        event = EventRow.model_validate(row)
        if event.type == BANK_RESET:
            changed = {
                user_id: facts for user_id, facts in changed.items() if facts.get("role") not in (None, Role.CUSTOMER)
            }
            _forget_customers(connection, feed)
            continue
        facts = _user(event) if feed == USERS_FEED else _account(event)
        if facts is not None:
            changed[facts["id"]] = {**changed.get(facts["id"], {}), **facts}
    table = _TABLES[feed]
    if feed == USERS_FEED:
        _keep_registration(connection, changed)
    if changed:
        connection.execute(delete(table).where(table.c.id.in_(list(changed))))
        connection.execute(insert(table), list(changed.values()))


def _forget_customers(connection: Connection, feed: str) -> None:
    table = _TABLES[feed]
    forgotten = delete(table)
    connection.execute(forgotten.where(users.c.role == Role.CUSTOMER) if feed == USERS_FEED else forgotten)


def _keep_registration(connection: Connection, changed: dict[str, Row]) -> None:
    """An update does not say when the user registered: keep what is known, else it is the first we hear of them."""
    updated = [user_id for user_id, facts in changed.items() if "registered_at" not in facts]
    query = select(users.c.id, users.c.registered_at).where(users.c.id.in_(updated))
    known = {row.id: row.registered_at for row in connection.execute(query)}
    for user_id in updated:
        facts = changed[user_id]
        facts["registered_at"] = known.get(user_id, facts["heard_at"])
    for facts in changed.values():
        facts.pop("heard_at", None)


def _user(event: EventRow) -> Row | None:
    if event.type not in TOLD_OF_USERS:
        return None
    told = UserFacts.model_validate(event.data)
    facts = told.model_dump(exclude={"user_id"})
    facts |= {"id": told.user_id, "synthetic": int(told.synthetic), "heard_at": event.occurred_at}
    return facts | {"registered_at": event.occurred_at} if event.type == UserEventType.USER_REGISTERED else facts


def _account(event: EventRow) -> Row | None:
    if event.type not in TOLD_OF_ACCOUNTS:
        return None
    told = AccountFacts.model_validate(event.data)
    if told.status in _NOT_THERE:
        return None
    facts = told.model_dump(exclude={"account_id"})
    return facts | {
        "id": told.account_id,
        "synthetic": int(told.synthetic),
        "status": _SETTLED.get(told.status, told.status),
    }
