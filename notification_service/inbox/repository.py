"""The only SQL of the inbox. The caller opens the transaction and alone commits it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import cast

from flask_sqlalchemy.session import Session
from sqlalchemy import Table, bindparam, func, select

from notification_service.inbox.messages import KnownAccount
from notification_service.inbox.rules import NewNotification
from notification_service.inbox.source_events import AccountFacts
from notification_service.models import InboxState, NamedAccount, Notification
from shared.enums import SECURITY_MESSAGES, NotificationType
from shared.http.pagination import ListQuery, fetch_page
from shared.storage.row_seals import add_rows, delete_known, delete_rows, known_among
from shared.storage.statements import Statement

KEPT_PER_PERSON = 200
"""Nobody reads further back; it also bounds what a simulated lifetime leaves behind."""
KEPT_OF_DECLINED = 50
"""As many of card payments that were declined, beside the others: whoever tries a card pushes no other message out.

What is said of somebody's log-in has a place of its own too, so that nobody who got in hides it behind other messages.
"""
_OF_THE_REST, _OF_DECLINED, _OF_SECURITY = range(3)
_PLACES = {
    NotificationType.CARD_PAYMENT_DECLINED.value: _OF_DECLINED,
    **{kind.value: _OF_SECURITY for kind in SECURITY_MESSAGES},
}
_SLACK = 50
"""So many more bring it back to what is kept: looking for the oldest each time would cost more than the newest do."""
TRIMMED_FROM = KEPT_PER_PERSON + _SLACK

_AT_ONCE = 1000
_MESSAGES = cast("Table", Notification.__table__)
_COUNTS = Statement(
    select(_MESSAGES.c.user_id, func.count())
    .where(_MESSAGES.c.user_id.in_(bindparam("user_ids", expanding=True)))
    .group_by(_MESSAGES.c.user_id),
    "user_ids",
)
_NEWEST_FIRST = Statement(
    select(*_MESSAGES.c["user_id", "id", "type"])
    .where(_MESSAGES.c.user_id.in_(bindparam("user_ids", expanding=True)))
    .order_by(_MESSAGES.c.user_id.desc(), _MESSAGES.c.created_at.desc(), _MESSAGES.c.id.desc()),
    "user_ids",
)
_ACCOUNT_FIELDS = tuple(field.name for field in fields(KnownAccount))


def store_clock(session: Session, clock_ahead_us: int) -> None:
    """Remember how far ahead of real time the bank clock is."""
    session.scalars(select(InboxState).with_for_update()).one().clock_ahead_us = clock_ahead_us
    session.flush()


def clock_ahead_us(session: Session) -> int:
    """How far ahead of real time the bank clock is known to be."""
    return session.scalars(select(InboxState.clock_ahead_us)).one()


def ids_ordered_since(session: Session) -> int | None:
    """Since when messages have ids that sort by time; None: none has."""
    return session.scalars(select(InboxState.ids_ordered_since)).one()


def add(session: Session, found: Sequence[NewNotification]) -> None:
    """Put notifications into inboxes, leave out those that are there already, and let no inbox grow for ever."""
    if not found:
        return
    known = known_among(session, Notification, [notification.id for notification in found])
    new = [notification for notification in found if notification.id not in known]
    if new:
        add_rows(session, Notification, [{**one._asdict(), "read_at": None} for one in new])
        _trim(session, _may_be_crowded(session, new))


def _may_be_crowded(session: Session, new: Sequence[NewNotification]) -> list[str]:
    """Whose inboxes may hold too much since these came, by how much is in them altogether.

    What an index says by itself: most pages bring a message or two for somebody, and crowd nobody's inbox.
    """
    limits: dict[str, int] = {}
    for one in new:
        kept = KEPT_OF_DECLINED if one.type == NotificationType.CARD_PAYMENT_DECLINED else KEPT_PER_PERSON
        limits[one.user_id] = min(kept + _SLACK, limits.get(one.user_id, TRIMMED_FROM))
    user_ids, connection = list(limits), session.connection()
    found: list[str] = []
    for start in range(0, len(user_ids), _AT_ONCE):
        counts = _COUNTS.rows_of(connection, user_ids[start : start + _AT_ONCE])
        found += [user_id for user_id, count in counts if count >= limits[user_id]]
    return found


def _trim(session: Session, user_ids: Sequence[str]) -> None:
    """Remove the oldest messages of those of these people of whom one kind takes up more room than it has.

    Counted here, in the order of an index: ranked by the database it takes four times as long.
    """
    for start in range(0, len(user_ids), _AT_ONCE):
        counts, crowded = Counter[tuple[str, int]](), set[str]()
        beyond: list[tuple[str, str]] = []
        for user_id, message_id, kind in _NEWEST_FIRST.rows_of(
            session.connection(), user_ids[start : start + _AT_ONCE]
        ):
            place = _PLACES.get(kind, _OF_THE_REST)
            kept = KEPT_OF_DECLINED if place == _OF_DECLINED else KEPT_PER_PERSON
            counts[user_id, place] += 1
            if counts[user_id, place] > kept:
                beyond.append((user_id, message_id))
            if counts[user_id, place] >= kept + _SLACK:
                crowded.add(user_id)
        delete_known(session, Notification, [message_id for user_id, message_id in beyond if user_id in crowded])


def know_accounts(session: Session, facts: Iterable[AccountFacts]) -> None:
    """Remember what accounts are called; the last word on each counts."""
    called = {each.account_id: {name: getattr(each, name) for name in _ACCOUNT_FIELDS} for each in facts}
    if called:
        delete_rows(session, NamedAccount, NamedAccount.id.in_(called))
        session.add_all(NamedAccount(id=account_id, **names) for account_id, names in called.items())
        session.flush()


def known_accounts(session: Session, ids: Iterable[str]) -> dict[str, KnownAccount]:
    """What these accounts are called; unknown ones are absent."""
    rows = session.scalars(select(NamedAccount).where(NamedAccount.id.in_(list(ids))))
    return {row.id: KnownAccount(*(getattr(row, name) for name in _ACCOUNT_FIELDS)) for row in rows}


def page(
    session: Session, user_id: str, query: ListQuery, *, unread_only: bool
) -> tuple[list[Notification], str | None]:
    """A page of a person's notifications, and its cursor. Raises Refused (422), see `fetch_page`."""
    own = select(Notification).where(Notification.user_id == user_id)
    wanted = own.where(Notification.read_at.is_(None)) if unread_only else own
    rows, cursor = fetch_page(session, wanted, Notification.created_at, Notification.id, query, everything=own)
    return [row[0] for row in rows], cursor


def one(session: Session, user_id: str, notification_id: str) -> Notification | None:
    """This notification, if it is this person's; it is locked, as somebody reads it."""
    query = select(Notification).where(Notification.id == notification_id, Notification.user_id == user_id)
    return session.scalars(query.with_for_update()).one_or_none()


def count_unread(session: Session, user_id: str) -> int:
    """How many notifications this person has not read."""
    query = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalars(query).one()


def unread(session: Session, user_id: str) -> Sequence[Notification]:
    """All notifications that this person has not read, locked."""
    query = select(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalars(query.with_for_update()).all()


def drop(session: Session, types: Iterable[str]) -> None:
    """Drop notifications of these types: what they tell of is no more."""
    delete_rows(session, Notification, Notification.type.in_(list(types)))


def forget_accounts(session: Session) -> None:
    """Drop what accounts are called."""
    delete_rows(session, NamedAccount)


def empty(session: Session) -> None:
    """Forget every message and where the bank's clock is.

    The accounts' and the users' feeds go on counting when their services are emptied; what accounts are called goes
    when the accounts' feed tells of it.
    """
    delete_rows(session, Notification)
    store_clock(session, 0)
