"""Auth's feed of revocations: access tokens that are taken back, in the commit of what makes them invalid."""

from collections.abc import Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import delete, select

from auth_service.models import Revocation, feed_heads
from shared.events import feeds
from shared.time.clock import MICROSECONDS

_A_PAGE = 1000


def revoke_sessions(db_session: Session, session_ids: Sequence[str], *, at: int) -> None:
    """Take back every access token of these sessions."""
    rows = [{"session_id": id_, "user_id": None, "issued_before": None, "created_at": at} for id_ in session_ids]
    feeds.append(db_session.connection(), feed_heads, Revocation.__table__, rows)


def revoke_users(db_session: Session, user_ids: Sequence[str], *, at: int) -> None:
    """Take back every access token that these users were given until now."""
    rows = [{"session_id": None, "user_id": id_, "issued_before": at, "created_at": at} for id_ in user_ids]
    feeds.append(db_session.connection(), feed_heads, Revocation.__table__, rows)


def delete_revocations(db_session: Session, *, before: int) -> None:
    """Forget revocations made before an instant; their tokens have long expired."""
    db_session.execute(delete(Revocation).where(Revocation.created_at < before))


def revocations_after(db_session: Session, after: int, *, since: int) -> list[dict[str, Any]]:
    """A page of revocations in order, leaving out those whose tokens have all expired before `since`.

    A position that was not given out yet is of a feed that was restored from an older backup since: whoever is there
    begins anew.
    """
    if after > feeds.head_position(db_session.connection(), feed_heads, Revocation.__tablename__):
        after = 0
    rows = db_session.scalars(
        select(Revocation)
        .where(Revocation.position > after, Revocation.created_at >= since)
        .order_by(Revocation.position)
        .limit(_A_PAGE)
    )
    return [
        {
            "position": row.position,
            "session_id": row.session_id,
            "user_id": row.user_id,
            "issued_before": None if row.issued_before is None else row.issued_before / MICROSECONDS,
        }
        for row in rows
    ]
