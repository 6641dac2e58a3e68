"""Auth's feed of events. Rows are written in the commit that makes them true."""

from collections.abc import Sequence

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, delete

from auth_service.events import UserEvent
from auth_service.models import PublishedEvent, feed_heads
from shared.events import event_feed, feeds
from shared.events.event_feed import Event
from shared.events.feeds import FeedQuery, Row


def publish(db_session: Session, events: Sequence[Event], *, at: int) -> None:
    """Append these events, as having happened at this instant."""
    rows = [
        {**row, "user_id": event.user_id if isinstance(event, UserEvent) else None}
        for row, event in zip(event_feed.event_rows(events, at=at), events, strict=True)
    ]
    feeds.append(db_session.connection(), feed_heads, PublishedEvent.__table__, rows)


def page(db_session: Session, query: FeedQuery) -> Row:
    """The feed's reply."""
    return event_feed.events_page(db_session.connection(), feed_heads, PublishedEvent.__table__, query)


def delete_events_of(db_session: Session, user_ids: Select[str]) -> None:
    """Forget what was told of these users (a SELECT of ids); positions are never given out again."""
    db_session.execute(delete(PublishedEvent).where(PublishedEvent.user_id.in_(user_ids)))
