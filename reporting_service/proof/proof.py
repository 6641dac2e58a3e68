"""The proof: everything the bank knows twice, computed again and compared; each record that diverges is named.

The ledger checks itself meanwhile (debits and credits, balances and postings, floors, the hash chain); here its word is
compared with what others know. What rests on the journal is compared as at one position of it, so money may move in the
meantime.
"""

import contextvars
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection

from reporting_service.context import ReportingContext
from reporting_service.projections import journal_projection
from reporting_service.projections.feed_positions import Position
from reporting_service.proof import directory_proof, downstream_checks, projection_proof
from reporting_service.proof.checks import (
    ACCOUNTS_EQUAL_LEDGER,
    DIRECTORIES_EQUAL_EVENTS,
    INBOX_EQUALS_JOURNAL,
    OWNERS_EXIST,
    REPORTS_EQUAL_LEDGER,
    RESIDENTS_EXIST,
    ROWS_AS_WRITTEN,
    STORED_REPORTS,
    Finding,
)
from reporting_service.refusals import PROOF_UNDER_WAY
from shared.refusals import Refused

LEDGER_CHECKS = (
    "debits equal credits",
    "balances equal postings",
    "none below its floor",
    "hash chain",
    "derived rows equal entries",
)
"""What the ledger's own proof looks at, by the names it gives."""
CHECKS = (
    *LEDGER_CHECKS,
    ACCOUNTS_EQUAL_LEDGER,
    REPORTS_EQUAL_LEDGER,
    DIRECTORIES_EQUAL_EVENTS,
    OWNERS_EXIST,
    INBOX_EQUALS_JOURNAL,
    RESIDENTS_EXIST,
    STORED_REPORTS,
    ROWS_AS_WRITTEN,
)
FINDINGS_SHOWN = 1000


def prove(context: ReportingContext) -> dict[str, Any]:
    """The proof as it stands.

    Raises Refused when another proof is under way, or a service is away that no bank is without: what was not seen is
    not proved.
    """
    if not context.proving.acquire(blocking=False):
        raise Refused(PROOF_UNDER_WAY)
    threads = ThreadPoolExecutor(1, thread_name_prefix="proof")
    try:
        return _prove(context, threads.submit(contextvars.copy_context().run, context.clients.ledger_proof))
    finally:
        threads.shutdown(wait=False)
        context.proving.release()


def _prove(context: ReportingContext, asked: "Future[dict[str, Any]]") -> dict[str, Any]:
    began = time.monotonic()
    with context.database.read() as pinned:
        reached = journal_projection.read_position(pinned)
        found = _own_copy(context, pinned, reached)
        upstream = {
            "users": directory_proof.compare_users(context),
            "accounts": directory_proof.compare_accounts(context, pinned, reached.position),
        }
        entries, reports = projection_proof.count(pinned)
    derived, away = downstream_checks.compare_downstream(context)
    compared = upstream | derived
    for one in compared.values():
        found += one.findings
    ledger = asked.result()
    found += [Finding(row["check"], "transaction-service", row["record"], row["detail"]) for row in ledger["findings"]]
    counts = {"entries": entries, "stored_reports": reports} | {name: one.records for name, one in compared.items()}
    return {
        **_verdict(found, {check for service in away for check in downstream_checks.CHECKS_OF[service]}),
        "not_seen": [service.name for service in away],
        "as_of_position": reached.position,
        "ledger_position": ledger["position"],
        "compared": counts,
        "seconds": f"{time.monotonic() - began:.3f}",
    }


def _own_copy(context: ReportingContext, pinned: Connection, reached: Position) -> list[Finding]:
    found = projection_proof.chain_findings(pinned, reached)
    parted = projection_proof.first_divergence(pinned, reached, context.clients.journal_hash)
    if parted is not None:
        detail = "from this position on, the reports' copy is not the ledger's journal"
        found.append(Finding(REPORTS_EQUAL_LEDGER, "transaction-service or reporting-service", str(parted), detail))
    found += projection_proof.sum_findings(pinned)
    found += projection_proof.stored_report_findings(pinned)
    return found


def _verdict(found: list[Finding], unseen: set[str]) -> dict[str, Any]:
    by_check = Counter(finding.check for finding in found)
    names = [*CHECKS, *sorted(set(by_check) - set(CHECKS))]
    return {
        "holds": not found,
        "checks": [
            {
                "check": name,
                "holds": None if name in unseen and not by_check[name] else not by_check[name],
                "findings": by_check[name],
            }
            for name in names
        ],
        "findings": [finding.as_dict() for finding in found[:FINDINGS_SHOWN]],
        "findings_count": len(found),
    }
