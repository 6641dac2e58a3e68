"""What the latest proof said, for `/metrics`."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from reporting_service.proof import proof_runs
from shared.enums import JobStatus
from shared.observability.readings import gauge
from shared.storage.database import Database
from shared.time.clock import MICROSECONDS


def readings_of_proof(database: Database) -> Iterator[Metric]:
    """Nothing before the first proof has ended."""
    with database.read_session() as session:
        run = proof_runs.latest_ended(session)
        told = None if run is None else (run.status, proof_runs.shown(run)["result"], run.finished_at or 0)
    if told is None:
        return
    status, result, finished_at = told
    findings = result["findings_count"] if result else 0
    has_passed = status == JobStatus.SUCCEEDED and result is not None and result["holds"]
    yield gauge("bank_proof_passed", "1 when the latest proof found nothing wrong, else 0", int(has_passed))
    yield gauge("bank_proof_findings", "How many records the latest proof found wrong", findings)
    yield gauge("bank_proof_finished_time_seconds", "When it ended, since the epoch", finished_at / MICROSECONDS)
