"""The ledger checks itself: postings sum to zero, balances equal postings, none is below its floor, the chain verifies.

An account that is off by one cent is frozen and named (LEDGER rules 5 and 12).
"""

import threading
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, func, select, update

from shared.database import Database
from transaction_service.history.journal_feed import sealed_page
from transaction_service.ledger import journal
from transaction_service.ledger.chain import GENESIS_HASH, chain_hash
from transaction_service.models import accounts, entries, postings

logger = structlog.get_logger(__name__)

_CHAIN_PAGE = 5_000
_FIRST_DELAY_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which check found it, in which record, and the figures."""

    check: str
    record: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        """As replies show it."""
        return {"check": self.check, "record": self.record, "detail": self.detail}


def findings(connection: Connection) -> list[Finding]:
    """Everything that is wrong in the ledger, recomputed from its rows; empty when all is well."""
    return [
        *_unbalanced_entries(connection),
        *drifted_balances(connection),
        *_below_floor(connection),
        *_broken_chain(connection),
    ]


def drifted_balances(connection: Connection) -> list[Finding]:
    """Accounts whose balance is not the sum of their postings."""
    summed = (
        select(postings.c.account_id, func.sum(postings.c.amount_minor).label("total"))
        .group_by(postings.c.account_id)
        .subquery()
    )
    total = func.coalesce(summed.c.total, 0)
    query = (
        select(accounts.c.id, accounts.c.balance_minor, total.label("total"))
        .outerjoin(summed, summed.c.account_id == accounts.c.id)
        .where(accounts.c.balance_minor.is_not(None), accounts.c.balance_minor != total)
    )
    return [
        Finding("balances equal postings", row.id, f"balance {row.balance_minor}, postings {row.total} minor units")
        for row in connection.execute(query)
    ]


def freeze_drifted(database: Database) -> list[Finding]:
    """Freeze every open account that has drifted; what was found."""
    with database.read() as connection:
        suspected = drifted_balances(connection)
    if not suspected:
        return []
    with database.write() as connection:
        found = drifted_balances(connection)
        for finding in found:
            reason = f"reconciliation: {finding.detail}"
            connection.execute(
                update(accounts)
                .where(accounts.c.id == finding.record, accounts.c.status == "open")
                .values(status="frozen", status_reason=reason)
            )
            logger.critical("balance_drift", account_id=finding.record, detail=finding.detail)
    return found


def start_reconciling(database: Database, every_seconds: int) -> threading.Event:
    """Compare balances with postings in a daemon thread, for ever; set the returned event to stop it."""
    stopped = threading.Event()

    def run() -> None:
        pause = _FIRST_DELAY_SECONDS
        while not stopped.wait(pause):
            pause = every_seconds
            try:
                freeze_drifted(database)
            except Exception:  # the next round must come whatever this one met
                logger.exception("reconciliation_failed")

    threading.Thread(target=run, name="reconciliation", daemon=True).start()
    return stopped


def _unbalanced_entries(connection: Connection) -> list[Finding]:
    total = func.sum(postings.c.amount_minor)
    query = select(postings.c.entry_id, total.label("total")).group_by(postings.c.entry_id).having(total != 0)
    found = [
        Finding("debits equal credits", row.entry_id, f"postings sum to {row.total}")
        for row in connection.execute(query)
    ]
    lonely = select(entries.c.id).outerjoin(postings, postings.c.entry_id == entries.c.id)
    query = lonely.group_by(entries.c.id).having(func.count(postings.c.entry_id) < 2)
    return found + [
        Finding("debits equal credits", row.id, "has fewer than two postings") for row in connection.execute(query)
    ]


def _below_floor(connection: Connection) -> list[Finding]:
    query = select(accounts.c.id, accounts.c.balance_minor).where(
        accounts.c.balance_minor - accounts.c.held_minor < accounts.c.floor_minor
    )
    return [
        Finding("none below its floor", row.id, f"balance {row.balance_minor}") for row in connection.execute(query)
    ]


def _broken_chain(connection: Connection) -> list[Finding]:
    """The first position whose hash does not follow, or a tail that was cut."""
    state = journal.state(connection)
    position, chained = 0, GENESIS_HASH
    while rows := sealed_page(connection, after=position, limit=_CHAIN_PAGE):
        for row in rows:
            if row.position != position + 1:
                return [Finding("hash chain", str(position + 1), "is missing from the journal")]
            position = row.position
            chained = chain_hash(chained, position, row.entry, row.legs)
            if chained != row.hash:
                return [Finding("hash chain", str(position), f"entry {row.entry.id} is not as it was sealed")]
    if (position, chained) != (state.head_position, state.head_hash):
        return [
            Finding("hash chain", str(position + 1), f"the journal ends here, its head is at {state.head_position}")
        ]
    total = connection.execute(select(func.count()).select_from(entries)).scalar_one()
    if total != position:
        return [Finding("hash chain", "entries", f"{total} entries, {position} of them in the journal")]
    return []
