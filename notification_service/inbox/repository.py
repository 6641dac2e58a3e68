"""The only SQL of the inbox. The caller opens the transaction and alone commits it."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, true

from notification_service.inbox.messages import KnownAccount
from notification_service.inbox.rules import NewNotification
from notification_service.inbox.source_events import AccountFacts
from notification_service.models import accounts, inbox_state, notifications
from shared import row_seals
from shared.pagination import ListQuery, fetch_page

KEPT_PER_PERSON = 200
"""Nobody reads further back; it also bounds what a simulated lifetime leaves behind."""

Notification = Row[Any]
_ACCOUNT_FIELDS = tuple(field.name for field in fields(KnownAccount))


def store_clock(connection: Connection, clock_ahead_us: int) -> None:
    """Remember how far ahead of real time the bank clock is."""
    row_seals.update_rows(connection, inbox_state, true(), lambda _: {"clock_ahead_us": clock_ahead_us})


def clock_ahead_us(connection: Connection) -> int:
    """How far ahead of real time the bank clock is known to be."""
    return int(connection.execute(select(inbox_state.c.clock_ahead_us)).scalar_one())


def add(connection: Connection, found: Sequence[NewNotification]) -> None:
    """Put notifications into inboxes, leave out those that are there already, and keep each inbox to its newest."""
    if not found:
        return
    ids = [notification.id for notification in found]
    known = set(connection.execute(select(notifications.c.id).where(notifications.c.id.in_(ids))).scalars())
    rows = [
        {name: getattr(notification, name) for name in NewNotification.__slots__}
        for notification in found
        if notification.id not in known
    ]
    if rows:
        row_seals.insert_rows(connection, notifications, rows)
        _trim(connection, {row["user_id"] for row in rows})


def _trim(connection: Connection, user_ids: set[str]) -> None:
    columns = notifications.c
    counts = select(columns.user_id).where(columns.user_id.in_(user_ids)).group_by(columns.user_id)
    crowded = list(connection.execute(counts.having(func.count() > KEPT_PER_PERSON)).scalars())
    if crowded:
        newest_first = (columns.created_at.desc(), columns.id.desc())
        rank = func.row_number().over(partition_by=columns.user_id, order_by=newest_first).label("rank")
        ranked = select(columns.id, rank).where(columns.user_id.in_(crowded)).subquery()
        oldest = select(ranked.c.id).where(ranked.c.rank > KEPT_PER_PERSON)
        row_seals.delete_rows(connection, notifications, columns.id.in_(list(connection.execute(oldest).scalars())))


def know_accounts(connection: Connection, facts: Iterable[AccountFacts]) -> None:
    """Remember what accounts are called; the last word on each counts."""
    rows = {each.account_id: {"id": each.account_id, **_called(each)} for each in facts}
    if rows:
        row_seals.delete_rows(connection, accounts, accounts.c.id.in_(rows))
        row_seals.insert_rows(connection, accounts, list(rows.values()))


def known_accounts(connection: Connection, ids: Iterable[str]) -> dict[str, KnownAccount]:
    """What these accounts are called; unknown ones are absent."""
    columns = [accounts.c[name] for name in _ACCOUNT_FIELDS]
    rows = connection.execute(select(accounts.c.id, *columns).where(accounts.c.id.in_(list(ids))))
    return {row.id: KnownAccount(*row[1:]) for row in rows}


def _called(facts: AccountFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in _ACCOUNT_FIELDS}


def page(
    connection: Connection, user_id: str, query: ListQuery, *, unread_only: bool
) -> tuple[list[Notification], str | None]:
    """A page of a person's notifications, and its cursor. Raises Refused (422), see `fetch_page`."""
    columns = notifications.c
    own = select(notifications).where(columns.user_id == user_id)
    wanted = own.where(columns.read_at.is_(None)) if unread_only else own
    return fetch_page(connection, wanted, columns.created_at, columns.id, query, everything=own)


def one(connection: Connection, user_id: str, notification_id: str) -> Notification | None:
    """This notification, if it is this person's."""
    columns = notifications.c
    query = select(notifications).where(columns.id == notification_id, columns.user_id == user_id)
    return connection.execute(query).one_or_none()


def count_unread(connection: Connection, user_id: str) -> int:
    """How many notifications this person has not read."""
    columns = notifications.c
    query = select(func.count()).where(columns.user_id == user_id, columns.read_at.is_(None))
    return int(connection.execute(query).scalar_one())


def mark_read(connection: Connection, user_id: str, *, at: int, notification_id: str | None = None) -> int:
    """Mark this unread notification as read, or all of a person's; how many were unread."""
    columns = notifications.c
    unread = and_(columns.user_id == user_id, columns.read_at.is_(None))
    if notification_id is not None:
        unread = and_(unread, columns.id == notification_id)
    return row_seals.update_rows(connection, notifications, unread, lambda _: {"read_at": at})


def drop(connection: Connection, types: Iterable[str]) -> None:
    """Drop notifications of these types: what they tell of is no more."""
    row_seals.delete_rows(connection, notifications, notifications.c.type.in_(list(types)))


def forget_accounts(connection: Connection) -> None:
    """Drop what accounts are called."""
    row_seals.delete_rows(connection, accounts)


def empty(connection: Connection) -> None:
    """Forget every message and where the bank's clock is.

    The accounts' and the users' feeds go on counting when their services are emptied; what accounts are called goes
    when the accounts' feed tells of it.
    """
    row_seals.delete_rows(connection, notifications)
    store_clock(connection, 0)
