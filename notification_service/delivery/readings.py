"""The outbox's figures for `/metrics`."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from notification_service.delivery import outbox
from shared.observability.readings import gauge
from shared.storage.database import Database
from shared.time import clock


def readings_of_outbox(database: Database) -> Iterator[Metric]:
    """One figure a channel: mail and webhooks."""
    with database.read_session() as session:
        unsent = outbox.unsent(session, clock.now_us())
    yield gauge(
        "bank_outbox_unsent",
        "Messages that have not arrived, and were not given up",
        {one.channel: one.count for one in unsent},
        "channel",
    )
    yield gauge(
        "bank_outbox_oldest_unsent_seconds",
        "The age of the oldest of them",
        {one.channel: one.oldest_seconds for one in unsent},
        "channel",
    )
    yield gauge(
        "bank_outbox_overdue_seconds",
        "For how long the next try of one of them is overdue",
        {one.channel: one.overdue_seconds for one in unsent},
        "channel",
    )
