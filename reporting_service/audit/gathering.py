"""Pulling what the services write down: one consumer a service, each exactly once, whatever becomes of the feeds."""

from sqlalchemy import Connection

from reporting_service.audit.trail import AuditTrail
from reporting_service.models import feed_positions
from reporting_service.projections.consumers import Token
from shared import audit, services
from shared.events.feeds import FeedConsumer, FeedReader
from shared.network.discovery import Discovery
from shared.services import Service

SOURCES = (services.AUTH, services.ACCOUNT, services.TRANSACTION, services.SIMULATOR, services.NOTIFICATION)
POLL_SECONDS = 1.0


def audit_consumers(trail: AuditTrail, discovery: Discovery, token: Token) -> dict[str, FeedConsumer]:
    """The consumers by service; start each to follow, or pull one page at a time."""
    return {source.name: _consumer(source, trail, discovery, token) for source in SOURCES}


def _consumer(source: Service, trail: AuditTrail, discovery: Discovery, token: Token) -> FeedConsumer:
    def begin_anew(connection: Connection) -> None:
        trail.note_new_feed(connection, source.name)

    reader = FeedReader(
        trail.database,
        feed_positions,
        f"audit of {source.name}",
        derive=lambda connection, rows: trail.add(connection, source.name, rows),
        forget=begin_anew,
    )
    return FeedConsumer(source, audit.PATH, reader, discovery=discovery, token=token, poll_seconds=POLL_SECONDS)
