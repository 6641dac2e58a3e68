"""What the routes of the ledger work with."""

from dataclasses import dataclass

from flask import current_app

from shared.database import Database
from transaction_service.due_work.machine_clock import MachineClock
from transaction_service.ledger.commit_queue import CommitQueue


@dataclass(frozen=True)
class LedgerContext:
    """The ledger's database, its one writer of money, and the clock it books by."""

    database: Database
    commits: CommitQueue
    machine_clock: MachineClock
    is_production: bool


def context() -> LedgerContext:
    """The context of the app being served."""
    found: LedgerContext = current_app.extensions["context"]
    return found
