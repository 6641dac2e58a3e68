"""The proof: everything the bank knows twice, computed again and compared; each record that diverges is named.

The ledger checks itself meanwhile (debits and credits, balances and postings, floors, the hash chain); here its word is
compared with what others know. Everything is read page by page, and what rests on the journal is compared as at one
position of it, so money may move in the meantime.
"""

import contextvars
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from reporting_service.audit.verification import SENTENCES, Verdict, verify
from reporting_service.context import ReportingContext
from reporting_service.projections import journal_projection
from reporting_service.proof import chain_walk, directory_proof, downstream_checks, projection_proof
from reporting_service.proof.chain_walk import Start
from reporting_service.proof.checks import (
    ACCOUNTS_EQUAL_LEDGER,
    AUDIT_TRAIL,
    CARDS_EQUAL_LEDGER,
    DIRECTORIES_EQUAL_EVENTS,
    INBOX_EQUALS_JOURNAL,
    OWNERS_EXIST,
    REPORTS_EQUAL_LEDGER,
    RESIDENTS_EXIST,
    ROWS_AS_WRITTEN,
    STORED_REPORTS,
    Finding,
)
from reporting_service.proof.consistency_check import ComparisonResult
from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service

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
    CARDS_EQUAL_LEDGER,
    REPORTS_EQUAL_LEDGER,
    DIRECTORIES_EQUAL_EVENTS,
    OWNERS_EXIST,
    INBOX_EQUALS_JOURNAL,
    RESIDENTS_EXIST,
    STORED_REPORTS,
    ROWS_AS_WRITTEN,
    AUDIT_TRAIL,
)
FINDINGS_SHOWN = 1000
ATTEMPTS = 3


def prove(context: ReportingContext) -> dict[str, Any]:
    """The proof as it stands. Whoever calls holds `context.proving`.

    Raises Refused when a service is away that no bank is without: what was not seen is not proved; and when the bank
    is emptied time and again while it is proved.
    """
    threads = ThreadPoolExecutor(2, thread_name_prefix="proof")
    try:
        for _attempt in range(ATTEMPTS):
            began = time.monotonic()
            asked = _Asked(
                threads.submit(contextvars.copy_context().run, context.clients.ledger_proof),
                threads.submit(contextvars.copy_context().run, downstream_checks.compare_downstream, context),
            )
            start = chain_walk.start(context.database)
            found = _prove(context, start, asked)
            with context.database.read() as connection:
                if journal_projection.read_position(connection).generation == start.reached.generation:
                    return {**found, "seconds": f"{time.monotonic() - began:.3f}"}
        raise Refused(UNAVAILABLE, "The bank was emptied while it was proved; ask again.")
    finally:
        threads.shutdown(wait=False)


class _Asked(NamedTuple):
    """What others are busy with while our copy is read: the ledger with its own proof, the inbox and the simulator."""

    ledger: "Future[dict[str, Any]]"
    downstream: "Future[tuple[dict[str, ComparisonResult], list[Service]]]"


def _prove(context: ReportingContext, start: Start, asked: _Asked) -> dict[str, Any]:
    walk = chain_walk.walk_chain(context.database, start)
    reports, altered = projection_proof.stored_report_findings(context.database)
    found = walk.findings + _parted(context, start) + projection_proof.sum_findings(context.database) + altered
    upstream = {
        "users": directory_proof.compare_users(context),
        "accounts": directory_proof.compare_accounts(context),
        "cards": directory_proof.compare_cards(context),
    }
    derived, away = asked.downstream.result()
    compared = upstream | derived
    for one in compared.values():
        found += one.findings
    trail = verify(context.trail)
    found += _faults_of(trail)
    ledger = asked.ledger.result()
    found += [Finding(row["check"], "transaction-service", row["record"], row["detail"]) for row in ledger["findings"]]
    counts = {"entries": walk.entries, "stored_reports": reports, "audit_records": trail.records}
    return {
        **_verdict(found, {check for service in away for check in downstream_checks.CHECKS_OF[service]}),
        "not_seen": [service.name for service in away],
        "as_of_position": start.reached.position,
        "ledger_position": ledger["position"],
        "compared": counts | {name: one.records for name, one in compared.items()},
    }


def _faults_of(trail: Verdict) -> list[Finding]:
    if trail.fault is None:
        return []
    record = "the anchor" if trail.position is None else str(trail.position)
    return [Finding(AUDIT_TRAIL, "reporting-service", record, SENTENCES[trail.fault])]


def _parted(context: ReportingContext, start: Start) -> list[Finding]:
    parted = projection_proof.first_divergence(context.database, start.reached, context.clients.journal_hash)
    if parted is None:
        return []
    detail = "from this position on, the reports' copy is not the ledger's journal"
    return [Finding(REPORTS_EQUAL_LEDGER, "transaction-service or reporting-service", str(parted), detail)]


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
