"""What every use case of reporting works with."""

from dataclasses import dataclass

from reporting_service.sources import Sources
from shared.database import Database
from shared.feeds import FeedConsumer


@dataclass(frozen=True)
class Office:
    """Our database, the feeds that fill it, and the records that the proof compares it with."""

    database: Database
    consumers: list[FeedConsumer]
    sources: Sources
