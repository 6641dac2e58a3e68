"""What every use case of reporting works with."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from reporting_service.following import catch_up
from reporting_service.sources import Sources
from shared.database import Database
from shared.feeds import FeedConsumer
from shared.refusals import Refused


@dataclass(frozen=True)
class Office:
    """Our database, the feeds that fill it, and the records that the proof compares it with."""

    database: Database
    consumers: list[FeedConsumer]
    sources: Sources
    new_accounts_consumer: Callable[[], FeedConsumer]

    def hear_of_accounts(self) -> None:
        """Take in now what the account service has told since we last asked, if it is there: somebody waits for it."""
        with suppress(Refused):
            catch_up(self.new_accounts_consumer())
