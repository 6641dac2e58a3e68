"""What the routes of the ledger work with."""

from dataclasses import dataclass

from flask import current_app

from shared.database import Database
from transaction_service.ledger.commit_queue import CommitQueue


@dataclass(frozen=True)
class LedgerContext:
    """The ledger's database, its one writer of money, and whether this bank is one in production."""

    database: Database
    commits: CommitQueue
    is_production: bool


def context() -> LedgerContext:
    """The context of the app being served."""
    found: LedgerContext = current_app.extensions["context"]
    return found
