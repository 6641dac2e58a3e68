"""How far the readers of feeds are behind, for `/metrics` and the health of their service."""

from collections.abc import Collection, Iterator
from typing import Any

from prometheus_client.core import Metric

from shared.events.feeds import FeedConsumer
from shared.observability.readings import gauge


def readings_of_feeds(consumers: Collection[FeedConsumer]) -> Iterator[Metric]:
    """One figure a feed."""
    yield gauge(
        "bank_feed_lag_events",
        "How many events the feed was ahead when it was read last",
        {one.name: one.lag for one in consumers},
        "feed",
    )
    yield gauge(
        "bank_feed_behind_seconds",
        "For how long the reader has not had all that the feed has",
        {one.name: one.behind_seconds for one in consumers},
        "feed",
    )
    yield gauge(
        "bank_feed_stuck",
        "1 while what the feed says cannot be taken in",
        {one.name: int(one.is_stuck) for one in consumers},
        "feed",
    )


def lag_of(consumers: Collection[FeedConsumer]) -> dict[str, Any]:
    """What is still to be taken in, of all feeds together, and since when the slowest is behind."""
    return {
        "events": sum(one.lag for one in consumers),
        "seconds": round(max((one.behind_seconds for one in consumers), default=0.0), 1),
    }
