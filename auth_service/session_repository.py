"""The SQL about sessions and their refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, tuple_, update

from auth_service.models import refresh_tokens, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device. Instants in microseconds."""

    id: str
    user_id: str
    chain_key: str
    address: str
    user_agent: str
    created_at: int
    last_used_at: int
    expires_at: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What is kept of a refresh token: never the token, only its digest."""

    digest: str
    session_id: str
    expires_at: int
    used_at: int | None = None


_SESSION_COLUMNS = [sessions.c[name] for name in Session.__dataclass_fields__]


def add_session(connection: Connection, session: Session) -> None:
    """Insert a session."""
    connection.execute(insert(sessions), [{name: getattr(session, name) for name in Session.__dataclass_fields__}])


def add_refresh_token(connection: Connection, token: RefreshToken) -> None:
    """Insert a refresh token."""
    connection.execute(
        insert(refresh_tokens).values(
            digest=token.digest, session_id=token.session_id, expires_at=token.expires_at, used_at=token.used_at
        )
    )


def find_refresh_token(connection: Connection, digest: str) -> RefreshToken | None:
    """The refresh token with this digest."""
    table = refresh_tokens.c
    query = select(table.digest, table.session_id, table.expires_at, table.used_at).where(table.digest == digest)
    row = connection.execute(query).first()
    return None if row is None else RefreshToken(*row)


def mark_used(connection: Connection, digest: str, now: int) -> None:
    """The token has been exchanged."""
    connection.execute(update(refresh_tokens).where(refresh_tokens.c.digest == digest).values(used_at=now))


def touch(connection: Connection, session_id: str, *, now: int, expires_at: int, address: str) -> None:
    """The session was used, from this address, and lives on until `expires_at`."""
    connection.execute(
        update(sessions)
        .where(sessions.c.id == session_id)
        .values(last_used_at=now, expires_at=expires_at, address=address)
    )


def find_session(connection: Connection, session_id: str) -> Session | None:
    """The session with this id, also when it has ended."""
    row = connection.execute(select(*_SESSION_COLUMNS).where(sessions.c.id == session_id)).first()
    return None if row is None else Session(*row)


def live_sessions(
    connection: Connection, user_id: str, *, now: int, after: tuple[int, str] | None = None, limit: int | None = None
) -> list[Session]:
    """A user's sessions that have neither ended nor expired, newest first."""
    query = select(*_SESSION_COLUMNS).where(_is_live(user_id, now))
    if after is not None:
        query = query.where(tuple_(sessions.c.created_at, sessions.c.id) < after)
    query = query.order_by(sessions.c.created_at.desc(), sessions.c.id.desc()).limit(limit)
    return [Session(*row) for row in connection.execute(query)]


def end_sessions(connection: Connection, session_ids: Sequence[str], *, reason: str, now: int) -> None:
    """Mark sessions as ended; their refresh tokens are worthless from here on."""
    for session_id in session_ids:
        connection.execute(
            update(sessions)
            .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
            .values(ended_at=now, end_reason=reason)
        )


def delete_finished(connection: Connection, *, before: int) -> None:
    """Delete sessions that ended or expired before an instant, and refresh tokens that expired before it."""
    connection.execute(delete(sessions).where(or_(sessions.c.ended_at < before, sessions.c.expires_at < before)))
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expires_at < before))


def users_with_sessions(connection: Connection, among: Any, *, since: int) -> list[str]:
    """Those of `among` (a SELECT of user ids) whose sessions were used since an instant."""
    query = select(sessions.c.user_id).distinct()
    return list(
        connection.execute(query.where(sessions.c.user_id.in_(among), sessions.c.last_used_at >= since)).scalars()
    )


def _is_live(user_id: str, now: int) -> Any:
    return and_(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
