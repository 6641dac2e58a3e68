"""What the routes of the ledger work with."""

from dataclasses import dataclass, field

from flask import current_app

from shared.observability.log_lines import BankLog
from shared.storage.database import Database
from transaction_service.cards.card_secrets import CardSecrets
from transaction_service.due_work.machine_clock import MachineClock
from transaction_service.due_work.worker import DueWorker
from transaction_service.history.feed_texts import FeedTexts
from transaction_service.ledger.commit_queue import CommitQueue
from transaction_service.ledger.housekeeping import Housekeeping
from transaction_service.ledger.recipient_limit import RecipientLimit
from transaction_service.proof.reconciliation import Reconciliation


@dataclass(frozen=True)
class LedgerContext:
    """The ledger's database, its one writer of money, the clock it books by, and what looks after it."""

    database: Database
    commits: CommitQueue
    recipients: RecipientLimit
    machine_clock: MachineClock
    reconciliation: Reconciliation
    housekeeping: Housekeeping
    due_worker: DueWorker
    card_secrets: CardSecrets
    bank_log: BankLog
    is_production: bool
    payees_per_person: int
    feed_texts: FeedTexts = field(default_factory=FeedTexts)

    def close(self) -> None:
        """Finish what is in hand, and begin nothing more."""
        self.due_worker.stop()
        self.commits.close()


def context() -> LedgerContext:
    """The context of the app being served."""
    found: LedgerContext = current_app.extensions["context"]
    return found
