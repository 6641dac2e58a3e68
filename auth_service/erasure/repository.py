"""The SQL about erasures. The caller opens the transaction and alone commits it."""

from collections.abc import Sequence
from typing import cast

from flask_sqlalchemy.session import Session
from sqlalchemy import Table, delete, select, update

from auth_service.events import UserRegistered
from auth_service.login import throttling
from auth_service.login.repository import forget_guesses
from auth_service.models import Erasure, KnownDevice, PasswordReset, PublishedEvent, User, UserSession
from shared.enums import UserEventType
from shared.privacy.feed_rows import tell_without

_FEED = cast("Table", PublishedEvent.__table__)


def find(db_session: Session, user_id: str, *, for_update: bool = False) -> Erasure | None:
    """The erasure of this person, if one was asked for."""
    query = select(Erasure).where(Erasure.user_id == user_id)
    return db_session.scalars(query.with_for_update() if for_update else query).one_or_none()


def due(db_session: Session, now: int) -> Sequence[str]:
    """The people whose erasure is to be gone on with."""
    query = select(Erasure.user_id).where(Erasure.finished_at.is_(None), Erasure.due_at <= now)
    return db_session.scalars(query.order_by(Erasure.due_at)).all()


def are_unfinished(db_session: Session) -> bool:
    """Whether there is any that is to be gone on with, now or later."""
    return db_session.scalar(select(Erasure.user_id).where(Erasure.finished_at.is_(None)).limit(1)) is not None


def without_words(user: User) -> dict[str, str]:
    """What events of before say of somebody who was erased, instead of what they were called and where they were."""
    return {
        "username": user.username,
        "full_name": user.full_name,
        **dict.fromkeys(("email", "old_email", "new_email"), user.email),
        **dict.fromkeys(("address", "user_agent"), ""),
    }


def forget_traces(db_session: Session, user: User) -> None:
    """Delete what hangs on a person; what was told of them is told without a name, or where they were, from now on.

    A token for a new password is told no more. The user already is as they are to be from now on.
    """
    networks = db_session.scalars(select(KnownDevice.network).where(KnownDevice.user_id == user.id)).all()
    forget_guesses(db_session, throttling.traces(user.id, networks))
    for model in (UserSession, KnownDevice, PasswordReset):
        db_session.execute(delete(model).where(model.user_id == user.id))
    of_user = PublishedEvent.user_id == user.id
    is_registration = PublishedEvent.type == UserEventType.USER_REGISTERED
    db_session.execute(delete(PublishedEvent).where(of_user, PublishedEvent.type == UserEventType.RESET_REQUESTED))
    told_of = db_session.scalars(select(PublishedEvent.position).where(of_user, ~is_registration)).all()
    tell_without(db_session.connection(), _FEED, user.id, told_of, without_words(user))
    told = UserRegistered.of(user).model_dump_json()
    db_session.execute(update(PublishedEvent).where(of_user, is_registration).values(data=told))
