"""What every use case of reporting works with."""

import threading
from dataclasses import dataclass, field

import structlog
from flask import current_app

from reporting_service.projections.directory_projection import ACCOUNTS_FEED
from reporting_service.service_clients import ServiceClients
from shared.database import Database
from shared.feeds import FeedConsumer, are_taken_in
from shared.refusals import Refused

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReportingContext:
    """Our database, the feeds that fill it, and the records that the proof compares it with.

    `proving` is held by the proof under way.
    """

    database: Database
    consumers: dict[str, FeedConsumer]
    clients: ServiceClients
    proving: threading.Lock = field(default_factory=threading.Lock)

    def hear_of_accounts(self) -> None:
        """Take in now what the account service has told since we last asked, if that can be: somebody waits for it."""
        try:
            self.consumers[ACCOUNTS_FEED].pull()
        except Refused as refused:
            logger.debug("accounts_not_heard_of", cause=str(refused))
        except Exception:  # whoever asks for what there is not is no less told so; the feed's own thread tries on
            logger.exception("accounts_not_heard_of")

    def catch_up(self) -> None:
        """Take in every feed to its end. Raises Refused when a service is away."""
        for consumer in self.consumers.values():
            consumer.catch_up()

    def is_following(self) -> bool:
        """Whether what the feeds say can be taken in."""
        return are_taken_in(self.consumers.values())


def context() -> ReportingContext:
    """That of the app being served."""
    found: ReportingContext = current_app.extensions["context"]
    return found
