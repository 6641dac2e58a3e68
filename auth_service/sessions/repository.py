"""The SQL about people's sessions and their refresh tokens."""

from collections.abc import Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, and_, delete, or_, select

from auth_service.models import RefreshToken, UserSession
from shared.http.pagination import ListQuery, fetch_page


def add_session(db_session: Session, session: UserSession, token: RefreshToken) -> None:
    """Insert a session with its first refresh token."""
    db_session.add(session)
    db_session.flush()
    db_session.add(token)


def find_refresh_token(db_session: Session, digest: str, *, for_update: bool = False) -> RefreshToken | None:
    """The refresh token with this digest."""
    query = select(RefreshToken).where(RefreshToken.digest == digest)
    return db_session.scalars(query.with_for_update() if for_update else query).one_or_none()


def find_session(db_session: Session, session_id: str) -> UserSession | None:
    """The session with this id, also when it has ended."""
    return db_session.get(UserSession, session_id)


def live_sessions(db_session: Session, user_id: str, *, now: int) -> Sequence[UserSession]:
    """A user's sessions that have neither ended nor expired, newest first."""
    query = select(UserSession).where(_is_live(user_id, now))
    return db_session.scalars(query.order_by(UserSession.created_at.desc(), UserSession.id.desc())).all()


def list_live_sessions(
    db_session: Session, user_id: str, query: ListQuery, *, now: int
) -> tuple[list[UserSession], str | None]:
    """A page of them, and the cursor of the next."""
    live = select(UserSession).where(_is_live(user_id, now))
    own = select(UserSession).where(UserSession.user_id == user_id)
    rows, cursor = fetch_page(db_session, live, UserSession.created_at, UserSession.id, query, everything=own)
    return [row[0] for row in rows], cursor


def delete_finished(db_session: Session, *, before: int) -> None:
    """Delete sessions that ended or expired before an instant, and refresh tokens that expired before it."""
    db_session.execute(delete(UserSession).where(or_(UserSession.ended_at < before, UserSession.expires_at < before)))
    db_session.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))


def users_with_sessions(db_session: Session, among: Select[str], *, since: int) -> list[str]:
    """Those of `among` (a SELECT of user ids) whose sessions were used since an instant."""
    query = select(UserSession.user_id).distinct()
    return list(db_session.scalars(query.where(UserSession.user_id.in_(among), UserSession.last_used_at >= since)))


def _is_live(user_id: str, now: int) -> Any:
    return and_(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
