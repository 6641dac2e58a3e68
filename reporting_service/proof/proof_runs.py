"""Proofs that somebody asked for, as jobs: begun, carried out in the background, and kept for whoever looks."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import structlog
from flask_sqlalchemy.session import Session
from sqlalchemy import select, update

from reporting_service.audit.trail import BrokenTrailError
from reporting_service.context import ReportingContext
from reporting_service.models import ProofRun
from reporting_service.refusals import PROOF_UNDER_WAY
from shared.audit import Subject, acting_now, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import JobStatus
from shared.identifiers import new_id
from shared.refusals import Refused
from shared.time import clock

logger = structlog.get_logger(__name__)

KEPT = 50
"""Of the proofs that were asked for the newest so many are kept."""
_INTERRUPTED = "The service stopped while it was under way."

Prove = Callable[[ReportingContext], dict[str, Any]]


def prove_now(context: ReportingContext, user_id: str, prove: Prove) -> dict[str, Any]:
    """A proof carried out while the client waits; kept like any other, and written down like any other act.

    Raises Refused: PROOF_UNDER_WAY, or what `prove` raises.
    """
    run = _begin(context, user_id)
    result, refused = _carry_out(context, run, prove)
    if refused is not None:
        raise refused
    return result


def prove_later(context: ReportingContext, user_id: str, prove: Prove) -> ProofRun:
    """A proof begun in the background. Raises Refused: PROOF_UNDER_WAY."""
    run = _begin(context, user_id)
    threading.Thread(target=_carry_out, args=(context, run, prove), name="proof", daemon=True).start()
    return run


def find(session: Session, run_id: str) -> ProofRun | None:
    """The proof with this id."""
    return session.get(ProofRun, run_id)


def latest(session: Session) -> ProofRun | None:
    """The proof that was asked for last."""
    return session.scalars(_newest_first().limit(1)).first()


def latest_ended(session: Session) -> ProofRun | None:
    """The proof that was asked for last, of those that have ended."""
    return session.scalars(_newest_first().where(ProofRun.finished_at.is_not(None)).limit(1)).first()


def shown(run: ProofRun) -> dict[str, Any]:
    """A proof as the API shows it."""
    return {
        "id": run.id,
        "status": run.status,
        "started_at": clock.to_wire(run.started_at),
        "finished_at": None if run.finished_at is None else clock.to_wire(run.finished_at),
        "result": None if run.result is None else json.loads(run.result),
        "error": run.error,
    }


def _begin(context: ReportingContext, user_id: str) -> ProofRun:
    if not context.proving.acquire(blocking=False):
        raise Refused(PROOF_UNDER_WAY)
    try:
        with context.database.write_session() as session:
            interrupted = update(ProofRun).where(ProofRun.status == JobStatus.RUNNING)
            values = {"status": JobStatus.FAILED, "finished_at": clock.now_us(), "error": _INTERRUPTED}
            session.execute(interrupted.values(**values))
            for old in session.scalars(_newest_first().offset(KEPT - 1)):
                session.delete(old)
            run = ProofRun(id=new_id(), status=JobStatus.RUNNING, started_by=user_id, started_at=clock.now_us())
            session.add(run)
            _write_down(context, session, run)
        return run
    except BaseException:
        context.proving.release()
        raise


def _write_down(context: ReportingContext, session: Session, run: ProofRun) -> None:
    """In the audit trail; one that stands still is what a proof finds out, and is no reason not to prove."""
    subject = Subject(AuditSubject.PROOF, run.id)
    try:
        context.trail.add_own(session.connection(), row_of(AuditAction.PROOF_STARTED, subject, acting_now()))
    except BrokenTrailError as broken:
        logger.critical("audit_trail_broken", cause=broken.reason)


def _carry_out(context: ReportingContext, run: ProofRun, prove: Prove) -> tuple[dict[str, Any], Refused | None]:
    result: dict[str, Any] = {}
    refused = None
    error = "Something went wrong; the log says what."
    try:
        result = prove(context)
    except Refused as said:
        refused, error = said, said.message or said.refusal.message
    finally:
        _finish(context, run.id, result, error)
    return result, refused


def _finish(context: ReportingContext, run_id: str, result: dict[str, Any], error: str) -> None:
    with ExitStack() as under_way:
        under_way.callback(context.proving.release)
        with context.database.write_session() as session:
            run = session.get(ProofRun, run_id)
            if run is not None:
                run.status = JobStatus.SUCCEEDED if result else JobStatus.FAILED
                run.result = json.dumps(result, separators=(",", ":")) if result else None
                run.error = None if result else error
                run.finished_at = clock.now_us()
            session.flush()
            under_way.close()  # before the commit: who reads that it has ended may begin the next, which waits for us


def _newest_first() -> Any:
    return select(ProofRun).order_by(ProofRun.started_at.desc(), ProofRun.id.desc())
