"""The two feeds of auth: events, and revocations. Rows are written in the commit that makes them true.

Positions come from head rows (shared/feeds.py): they have no gaps and appear in the order of commits.
"""

import json
from collections.abc import Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, delete, select

from auth_service.models import PublishedEvent, Revocation, User, feed_heads
from shared import clock, feeds
from shared.clock import MICROSECONDS
from shared.identifiers import new_id

_REVOCATIONS_A_PAGE = 1000


def publish(db_session: Session, event_type: str, *, user_id: str, at: int, **facts: object) -> None:
    """Append one event about a user. Facts must never hold a secret."""
    publish_all(db_session, event_type, [{"user_id": user_id, **facts}], at=at)


def publish_all(db_session: Session, event_type: str, all_facts: Sequence[dict[str, Any]], *, at: int) -> None:
    """Append one event for each of these facts; each names its `user_id`."""
    rows = [
        {
            "id": new_id(),
            "type": event_type,
            "user_id": facts.get("user_id"),
            "occurred_at": at,
            "data": json.dumps(facts, separators=(",", ":")),
        }
        for facts in all_facts
    ]
    feeds.append(db_session.connection(), feed_heads, PublishedEvent.__table__, rows)


def user_facts(user: User) -> dict[str, Any]:
    """What other services may know of a user; also the reply of `/internal/users`."""
    return {
        "id": user.id,
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "role": user.role,
        "status": user.status,
        "synthetic": user.synthetic,
    }


def events_after(db_session: Session, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """A page of events in order, and the newest position there is."""
    query = select(PublishedEvent).where(PublishedEvent.position > after)
    rows = db_session.scalars(query.order_by(PublishedEvent.position).limit(limit))
    page = [
        {
            "position": row.position,
            "id": row.id,
            "type": row.type,
            "occurred_at": clock.to_wire(row.occurred_at),
            "data": json.loads(row.data),
        }
        for row in rows
    ]
    return page, feeds.head_position(db_session.connection(), feed_heads, PublishedEvent.__tablename__)


def delete_events_of(db_session: Session, user_ids: Select[str]) -> None:
    """Forget what was told of these users (a SELECT of ids); positions are never given out again."""
    db_session.execute(delete(PublishedEvent).where(PublishedEvent.user_id.in_(user_ids)))


def revoke_sessions(db_session: Session, session_ids: Sequence[str], *, at: int) -> None:
    """Take back every access token of these sessions."""
    if session_ids:
        rows = [{"session_id": id_, "user_id": None, "issued_before": None, "created_at": at} for id_ in session_ids]
        feeds.append(db_session.connection(), feed_heads, Revocation.__table__, rows)


def revoke_users(db_session: Session, user_ids: Sequence[str], *, at: int) -> None:
    """Take back every access token that these users were given until now."""
    if user_ids:
        rows = [{"session_id": None, "user_id": id_, "issued_before": at, "created_at": at} for id_ in user_ids]
        feeds.append(db_session.connection(), feed_heads, Revocation.__table__, rows)


def delete_revocations(db_session: Session, *, before: int) -> None:
    """Forget revocations made before an instant; their tokens have long expired."""
    db_session.execute(delete(Revocation).where(Revocation.created_at < before))


def revocations_after(db_session: Session, after: int, *, since: int) -> list[dict[str, Any]]:
    """A page of revocations in order, leaving out those whose tokens have all expired before `since`."""
    rows = db_session.scalars(
        select(Revocation)
        .where(Revocation.position > after, Revocation.created_at >= since)
        .order_by(Revocation.position)
        .limit(_REVOCATIONS_A_PAGE)
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
