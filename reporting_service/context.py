"""What every use case of reporting works with."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field

from flask import current_app

from reporting_service.service_clients import ServiceClients
from shared.database import Database
from shared.feeds import FeedConsumer
from shared.refusals import Refused


@dataclass(frozen=True)
class ReportingContext:
    """Our database, the feeds that fill it, and the records that the proof compares it with.

    `accounts_consumer` follows the accounts' feed beside the one that does so by itself. `proving` is held by the proof
    under way.
    """

    database: Database
    consumers: list[FeedConsumer]
    clients: ServiceClients
    accounts_consumer: FeedConsumer
    proving: threading.Lock = field(default_factory=threading.Lock)
    _hearing: threading.Lock = field(default_factory=threading.Lock)

    def hear_of_accounts(self) -> None:
        """Take in now what the account service has told since we last asked, if it is there: somebody waits for it."""
        with self._hearing, suppress(Refused):
            self.accounts_consumer.pull()


def context() -> ReportingContext:
    """That of the app being served."""
    found: ReportingContext = current_app.extensions["context"]
    return found
