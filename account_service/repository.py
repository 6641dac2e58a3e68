"""The only SQL of the account service. The caller opens the transaction and alone commits it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)

from account_service import models
from account_service.caller import Caller
from account_service.lifecycle import REFUSED
from shared import clock
from shared.identifiers import new_id
from shared.text_search import contains

accounts, opening_keys = models.Account.__table__, models.OpeningKey.__table__
events, feed_positions = models.PublishedEvent.__table__, models.FeedPosition.__table__
Account = Row[Any]
Cursor = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of the bank's accounts is narrowed to; `q` as in `AllQuery`."""

    q: str | None = None
    account_type: str | None = None
    status: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became true; `data` is what other services are told."""

    type: str
    data: dict[str, Any]


def _visible(caller: Caller) -> ColumnElement[bool]:
    """The ownership rule, part of every query that touches an account for somebody."""
    if caller.is_staff:
        return true()
    if caller.simulates:
        return or_(accounts.c.user_id == caller.user_id, accounts.c.synthetic == 1)
    owned: ColumnElement[bool] = accounts.c.user_id == caller.user_id
    return owned


def account(connection: Connection, caller: Caller, account_id: str, *, for_update: bool = False) -> Account | None:
    """The account with this id, if the caller may see it."""
    query = select(accounts).where(accounts.c.id == account_id, _visible(caller))
    return connection.execute(query.with_for_update() if for_update else query).one_or_none()


def accounts_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Account]:
    """Accounts by id, for the service itself."""
    rows = connection.execute(select(accounts).where(accounts.c.id.in_(list(ids))))
    return {row.id: row for row in rows}


def account_by_number(connection: Connection, number: str) -> Account | None:
    """The account with this number, once it exists for others."""
    query = select(accounts).where(accounts.c.account_number == number, accounts.c.status.not_in(("opening", REFUSED)))
    return connection.execute(query).one_or_none()


def own_accounts(connection: Connection, user_id: str, after: Cursor | None, limit: int) -> Sequence[Account]:
    """A person's accounts, oldest first; openings that were refused are not theirs."""
    query = select(accounts).where(accounts.c.user_id == user_id, accounts.c.status != REFUSED)
    if after is not None:
        query = query.where(tuple_(accounts.c.created_at, accounts.c.id) > after)
    return connection.execute(query.order_by(accounts.c.created_at, accounts.c.id).limit(limit)).all()


def all_accounts(
    connection: Connection, caller: Caller, filters: Filters, after: Cursor | None, limit: int
) -> Sequence[Account]:
    """The accounts the caller may see, newest first."""
    query = select(accounts).where(_visible(caller), *_conditions(filters))
    if after is not None:
        query = query.where(tuple_(accounts.c.created_at, accounts.c.id) < after)
    return connection.execute(query.order_by(accounts.c.created_at.desc(), accounts.c.id.desc()).limit(limit)).all()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.account_type is not None:
        conditions.append(accounts.c.account_type == filters.account_type)
    if filters.status is not None:
        conditions.append(accounts.c.status == filters.status)
    if filters.user_id is not None:
        conditions.append(accounts.c.user_id == filters.user_id)
    if filters.q:
        conditions.append(_matches(filters.q))
    return conditions


def _matches(text: str) -> ColumnElement[bool]:
    number = text.replace(" ", "").upper()
    found = [
        contains(accounts.c.holder_name, text),
        contains(accounts.c.nickname, text),
        accounts.c.account_number == number,
    ]
    if len(number) == 4 and number.isascii() and number.isalnum():
        found.append(accounts.c.account_number.endswith(number))
    return or_(*found)


def insert_accounts(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write new accounts. Raises IntegrityError when a number is taken."""
    connection.execute(insert(accounts), rows)


def numbers_taken(connection: Connection, numbers: Iterable[str]) -> set[str]:
    """Which of these account numbers exist."""
    query = select(accounts.c.account_number).where(accounts.c.account_number.in_(list(numbers)))
    return set(connection.execute(query).scalars())


def rename(connection: Connection, account_id: str, nickname: str | None) -> Account:
    """Give the account a new nickname."""
    statement = update(accounts).where(accounts.c.id == account_id).values(nickname=nickname).returning(accounts)
    return connection.execute(statement).one()


def rename_holder(connection: Connection, user_id: str, holder_name: str) -> Sequence[Account]:
    """Give all accounts of a person their new name; those that changed."""
    statement = (
        update(accounts)
        .where(accounts.c.user_id == user_id, accounts.c.holder_name != holder_name)
        .values(holder_name=holder_name)
        .returning(accounts)
    )
    return connection.execute(statement).all()


def begin_change(
    connection: Connection, account_id: str, *, status: str, pending: str, reason: str, leased_until: int
) -> Account:
    """Write down what an account is about to become. The caller holds its row."""
    statement = (
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(status=status, pending_status=pending, pending_reason=reason, leased_until=leased_until)
        .returning(accounts)
    )
    return connection.execute(statement).one()


def due(connection: Connection, *, now: int, limit: int) -> list[tuple[str, str]]:
    """`(id, status)` of accounts with a pending change that nobody is carrying out."""
    query = select(accounts.c.id, accounts.c.status).where(
        accounts.c.pending_status.is_not(None), accounts.c.leased_until <= now
    )
    rows = connection.execute(query.order_by(accounts.c.leased_until).limit(limit))
    return [(row.id, row.status) for row in rows]


def lease(connection: Connection, ids: Iterable[str], *, now: int, until: int) -> list[Account]:
    """Take the pending changes of these accounts, but those that are settled or that somebody is carrying out."""
    statement = (
        update(accounts)
        .where(accounts.c.id.in_(list(ids)), accounts.c.pending_status.is_not(None), accounts.c.leased_until <= now)
        .values(leased_until=until)
        .returning(accounts)
    )
    return list(connection.execute(statement).all())


def release(connection: Connection, ids: Iterable[str], until: int) -> None:
    """Let others carry these changes out from `until` on."""
    connection.execute(
        update(accounts)
        .where(accounts.c.id.in_(list(ids)), accounts.c.pending_status.is_not(None))
        .values(leased_until=until)
    )


def settle(
    connection: Connection, ids: Iterable[str], *, pending: str, status: str, closed_at: int | None = None
) -> dict[str, Account]:
    """End the pending change to `pending` with this status: of several processes that carried it out, one gets the row.

    Returns the accounts that this call settled.
    """
    statement = (
        update(accounts)
        .where(accounts.c.id.in_(list(ids)), accounts.c.pending_status == pending)
        .values(status=status, pending_status=None, pending_reason=None, closed_at=closed_at)
        .returning(accounts)
    )
    return {row.id: row for row in connection.execute(statement)}


def keys(connection: Connection, caller_id: str, names: Iterable[str]) -> dict[str, Row[Any]]:
    """The rows of those idempotency keys of this caller that have been used."""
    query = select(opening_keys).where(opening_keys.c.caller_id == caller_id, opening_keys.c.key.in_(list(names)))
    return {row.key: row for row in connection.execute(query)}


def keys_of_accounts(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The idempotency keys that accounts were opened with, by account."""
    rows = connection.execute(select(opening_keys).where(opening_keys.c.account_id.in_(list(ids))))
    return {row.account_id: row for row in rows}


def claim_keys(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write used keys. Raises IntegrityError when one is used already."""
    if rows:
        connection.execute(insert(opening_keys), rows)


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What the opening of an account answered: the JSON text of the account (201) or of the error envelope."""

    account_id: str
    status: int
    body: str


_STORE_REPLY = (
    update(opening_keys)
    .where(opening_keys.c.account_id == bindparam("account"))
    .values(status=bindparam("answered"), reply=bindparam("body"))
)


def store_replies(connection: Connection, replies: list[StoredReply]) -> None:
    """Keep what openings answered, for replays; those without a key have none."""
    if replies:
        rows = [{"account": reply.account_id, "answered": reply.status, "body": reply.body} for reply in replies]
        connection.execute(_STORE_REPLY, rows)


def record(connection: Connection, happened: list[Event]) -> None:
    """Append to the feed, in the commit that made it true."""
    if not happened:
        return
    now = clock.now_us()
    rows = [
        {"id": new_id(), "type": event.type, "occurred_at": now, "data": json.dumps(event.data)} for event in happened
    ]
    connection.execute(insert(events), rows)


def events_after(connection: Connection, position: int, limit: int) -> tuple[Sequence[Row[Any]], int]:
    """A page of the feed, and the newest position there is."""
    query = select(events).where(events.c.position > position).order_by(events.c.position).limit(limit)
    rows = connection.execute(query).all()
    head = connection.execute(select(func.max(events.c.position))).scalar()
    return rows, head or 0


def feed_position(connection: Connection, feed: str) -> int:
    """How far another service's feed has been taken in."""
    query = select(feed_positions.c.position).where(feed_positions.c.feed == feed)
    return connection.execute(query).scalar() or 0


def store_feed_position(connection: Connection, feed: str, position: int) -> None:
    """Remember how far another service's feed has been taken in."""
    moved = connection.execute(
        update(feed_positions).where(feed_positions.c.feed == feed).values(position=position)
    ).rowcount
    if not moved:
        connection.execute(insert(feed_positions).values(feed=feed, position=position))


def empty(connection: Connection) -> None:
    """Forget every account and what was told of them; the feed's positions go on counting."""
    for table in (opening_keys, accounts, events):
        connection.execute(delete(table))
