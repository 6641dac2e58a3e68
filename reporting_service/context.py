"""What every use case of reporting works with."""

import threading
from dataclasses import dataclass, field

import structlog
from flask import current_app

from reporting_service.audit.trail import AuditTrail
from reporting_service.bank_time import BankTime
from reporting_service.exports.concurrency_limit import ConcurrencyLimit
from reporting_service.live.board import LiveBoard
from reporting_service.projections import journal_projection
from reporting_service.projections.directory_projection import ACCOUNTS_FEED
from reporting_service.service_clients import ServiceClients
from reporting_service.settled import SettledTime
from shared.events.feeds import FeedConsumer, FeedPosition, are_taken_in
from shared.observability.health import Checks
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.storage.database import Database

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReportingContext:
    """Our database, the feeds that fill it, and the records that the proof compares it with.

    `proving` is held by the proof under way; `counted` are custom reports being run; `settled` is up to when our
    copy of the journal is whole; the audit trail is filled by feeds of its own.
    """

    database: Database
    consumers: dict[str, FeedConsumer]
    clients: ServiceClients
    trail: AuditTrail
    audit_consumers: dict[str, FeedConsumer]
    live: LiveBoard
    bank_time: BankTime
    proving: threading.Lock = field(default_factory=threading.Lock)
    exports: ConcurrencyLimit = field(default_factory=ConcurrencyLimit)
    own_data: ConcurrencyLimit = field(default_factory=lambda: ConcurrencyLimit(most_of_one=1, most_of_all=3))
    counted: ConcurrencyLimit = field(
        default_factory=lambda: ConcurrencyLimit(most_of_one=1, most_of_all=3, what="reports")
    )
    settled: SettledTime = field(default_factory=SettledTime)

    def hear_of_accounts(self) -> None:
        """Take in now what the account service has told since we last asked, if that can be: somebody waits for it."""
        try:
            self.consumers[ACCOUNTS_FEED].pull()
        except Refused as refused:
            logger.debug("accounts_not_heard_of", cause=cause_of(refused))
        except Exception:  # whoever asks for what there is not is no less told so; the feed's own thread tries on
            logger.exception("accounts_not_heard_of")

    def catch_up(self) -> None:
        """Take in all that the feeds have now. Raises Refused when a service is away."""
        for consumer in self.consumers.values():
            consumer.catch_up()

    def ask_settled_until(self) -> int:
        """Up to which instant of the bank's time our copy of the journal is whole, but for what is dated back.

        Raises Refused while the ledger is away.
        """
        return self.settled.until(self._position, self.clients.time_and_head)

    def settled_until(self) -> int:
        """The same; while the ledger cannot be asked, it is what is known."""
        try:
            return self.ask_settled_until()
        except Refused as refused:
            logger.debug("settled_until_unknown", cause=cause_of(refused))
        return self.settled.known(self._position())

    def _position(self) -> FeedPosition:
        with self.database.read() as connection:
            return journal_projection.read_position(connection)

    def checks(self) -> Checks:
        """What has to go well in the background, for the health of the service."""
        return {"feeds": self.is_following, "audit": self.is_auditing, "live": self.live.is_telling}

    def is_following(self) -> bool:
        """Whether what the feeds say can be taken in."""
        return are_taken_in(self.consumers.values())

    def is_auditing(self) -> bool:
        """Whether what the services write down can be taken into the audit trail."""
        return self.trail.is_well() and are_taken_in(self.audit_consumers.values())


def context() -> ReportingContext:
    """That of the app being served."""
    found: ReportingContext = current_app.extensions["context"]
    return found
