"""The proof: everything the bank knows twice, computed again and compared; each record that diverges is named.

The ledger checks itself meanwhile (debits and credits, balances and postings, floors, the hash chain); here its word is
compared with what others know. All of it holds as at one position of the journal, so money may move in the meantime.
"""

import contextvars
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection

from reporting_service import derived_proof, journal_projection, projection_proof, register_proof
from reporting_service.comparisons import (
    ACCOUNTS_EQUAL_LEDGER,
    INBOX_EQUALS_JOURNAL,
    OWNERS_EXIST,
    REGISTERS_EQUAL_EVENTS,
    REPORTS_EQUAL_LEDGER,
    RESIDENTS_EXIST,
    ROWS_AS_WRITTEN,
    STORED_REPORTS,
    Finding,
)
from reporting_service.office import Office
from reporting_service.positions import Position

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
    REGISTERS_EQUAL_EVENTS,
    OWNERS_EXIST,
    INBOX_EQUALS_JOURNAL,
    RESIDENTS_EXIST,
    STORED_REPORTS,
    ROWS_AS_WRITTEN,
)
FINDINGS_SHOWN = 1000


def prove(office: Office) -> dict[str, Any]:
    """The proof as it stands. Raises Refused when a service is away: what was not seen is not proved."""
    began = time.monotonic()
    with ThreadPoolExecutor(1, thread_name_prefix="proof") as threads, office.database.read() as pinned:
        reached = journal_projection.read_position(pinned)
        asked = threads.submit(contextvars.copy_context().run, office.sources.ledger_proof)
        found = _own_copy(office, pinned, reached)
        compared = {
            "users": register_proof.compare_users(office),
            "accounts": register_proof.compare_accounts(office, pinned, reached.position),
        }
        entries, reports = projection_proof.count(pinned)
        ledger = asked.result()
    compared["messages"] = derived_proof.compare_messages(office)
    compared["named_accounts"] = derived_proof.compare_named_accounts(office)
    compared["residents"] = derived_proof.compare_residents(office)
    sealed = office.sources.row_proofs()
    found += [Finding(row["check"], "transaction-service", row["record"], row["detail"]) for row in ledger["findings"]]
    for one in compared.values():
        found += one.findings
    for service, proof in sealed.items():
        found += [Finding(ROWS_AS_WRITTEN, service, row["record"], row["detail"]) for row in proof["findings"]]
    counts = {"entries": entries, "stored_reports": reports, "sealed_rows": sum(one["rows"] for one in sealed.values())}
    counts |= {name: one.records for name, one in compared.items()}
    return _rendered(found, counts, reached.position, ledger["position"], time.monotonic() - began)


def _own_copy(office: Office, pinned: Connection, reached: Position) -> list[Finding]:
    found = projection_proof.chain_findings(pinned, reached)
    parted = projection_proof.first_divergence(pinned, reached, office.sources.journal_hash)
    if parted is not None:
        detail = "from this position on, the reports' copy is not the ledger's journal"
        found.append(Finding(REPORTS_EQUAL_LEDGER, "transaction-service or reporting-service", str(parted), detail))
    found += projection_proof.sum_findings(pinned)
    found += projection_proof.stored_report_findings(pinned)
    return found


def _rendered(
    found: list[Finding], compared: dict[str, int], position: int, ledger_position: int, seconds: float
) -> dict[str, Any]:
    by_check = Counter(finding.check for finding in found)
    names = [*CHECKS, *sorted(set(by_check) - set(CHECKS))]
    return {
        "holds": not found,
        "as_of_position": position,
        "ledger_position": ledger_position,
        "compared": compared,
        "seconds": f"{seconds:.3f}",
        "checks": [{"check": name, "holds": not by_check[name], "findings": by_check[name]} for name in names],
        "findings": [finding.as_dict() for finding in found[:FINDINGS_SHOWN]],
        "findings_count": len(found),
    }
