"""The ledger checks itself: the whole proof when asked, and in the background what must never drift.

An account that is off by one cent is frozen and named (LEDGER rules 5 and 12), and the service's health says so.
"""

import threading

import structlog
from sqlalchemy import Connection, update

from shared.storage.database import Database
from transaction_service.models import accounts
from transaction_service.proof import (
    account_checks,
    card_bill_checks,
    card_checks,
    dispute_checks,
    exchange_checks,
    foreign_card_checks,
    hold_checks,
    interest_checks,
    journal_checks,
    key_checks,
    order_checks,
    reversal_checks,
)
from transaction_service.proof.account_checks import account_ranges, drifted_balances
from transaction_service.proof.finding import Finding

logger = structlog.get_logger(__name__)

_FIRST_DELAY_SECONDS = 5.0


def findings(database: Database) -> list[Finding]:
    """Everything that is wrong in the ledger, recomputed from its rows; empty when all is well."""
    checks = (
        journal_checks,
        account_checks,
        exchange_checks,
        hold_checks,
        card_checks,
        dispute_checks,
        foreign_card_checks,
        card_bill_checks,
        interest_checks,
        key_checks,
        order_checks,
        reversal_checks,
    )
    return [finding for check in checks for finding in check.findings(database)]


class Reconciliation:
    """Compares, now and then, balances with postings and every currency with zero; remembers what it found."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopped = threading.Event()
        self._found: list[Finding] = []

    @property
    def found(self) -> list[Finding]:
        """What the last round found."""
        return self._found

    def is_clean(self) -> bool:
        """Whether nothing was off when it last looked: for the health of the service."""
        return not self._found

    def start(self, every_seconds: int) -> None:
        """Look again and again, in a daemon thread."""

        def run() -> None:
            pause = _FIRST_DELAY_SECONDS
            while not self._stopped.wait(pause):
                pause = every_seconds
                try:
                    self.look()
                except Exception:  # the next round must come whatever this one met
                    logger.exception("reconciliation_failed")

        threading.Thread(target=run, name="reconciliation", daemon=True).start()

    def stop(self) -> None:
        """End after the round in hand."""
        self._stopped.set()

    def look(self) -> list[Finding]:
        """One round: freeze every open account that has drifted; what was found."""
        found = [*_freeze_drifted(self._database), *journal_checks.uneven(self._database)]
        for finding in found:
            logger.critical("ledger_drift", check=finding.check, record=finding.record, detail=finding.detail)
        self._found = found
        return found


def _freeze_drifted(database: Database) -> list[Finding]:
    found: list[Finding] = []
    for after, until in account_ranges(database):
        with database.read() as connection:
            suspected = drifted_balances(connection, after, until)
        if suspected:
            with database.write() as connection:
                confirmed = drifted_balances(connection, after, until)
                for finding in confirmed:
                    _freeze(connection, finding)
            found += confirmed
    return found


def _freeze(connection: Connection, finding: Finding) -> None:
    connection.execute(
        update(accounts)
        .where(accounts.c.id == finding.record, accounts.c.status == "open")
        .values(status="frozen", status_reason=f"reconciliation: {finding.detail}")
    )
