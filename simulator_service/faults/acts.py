"""Adding and removing faults, each with its record in the audit trail.

The registry is changed before the commit: the commit rings the bell, and a gateway that hears it asks at once.
"""

from flask_sqlalchemy.session import Session

from shared.audit import AuditDetails, Subject, acting_now
from shared.audit_enums import AuditAction, AuditSubject
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, Refused
from shared.storage.database import Database
from shared.time import clock
from simulator_service.faults.payloads import FaultRequest
from simulator_service.faults.registry import Fault, FaultRegistry
from simulator_service.models import audit_log


def add(database: Database, registry: FaultRegistry, asked: FaultRequest) -> Fault:
    """Let a fault happen from now on. Raises Refused when there are too many."""
    fault = Fault(
        id=new_id(),
        kind=asked.kind,
        path=asked.path,
        method=asked.method,
        probability=asked.probability,
        milliseconds=asked.milliseconds,
        status=asked.status,
        user_id=asked.user_id,
        times=asked.times,
        times_left=asked.times,
        created_at=clock.now_us(),
    )
    registry.add(fault)
    try:
        with database.write_session() as session:
            _write(session, AuditAction.FAULT_ADDED, fault.id, AuditDetails(after=_told(fault)))
    except BaseException:
        registry.remove(fault.id)
        raise
    return fault


def remove(database: Database, registry: FaultRegistry, fault_id: str) -> None:
    """Let one happen no more. Raises Refused (404) where there is none of this id."""
    fault = registry.remove(fault_id)
    if fault is None:
        raise Refused(NOT_FOUND)
    with database.write_session() as session:
        _write(session, AuditAction.FAULT_REMOVED, fault.id, AuditDetails(before=_told(fault)))


def remove_all(database: Database, registry: FaultRegistry) -> int:
    """Let nothing happen any more; how many faults there were."""
    removed = registry.clear()
    with database.write_session() as session:
        _write(session, AuditAction.FAULT_REMOVED, None, AuditDetails(before={"faults": [*map(_told, removed)]}))
    return len(removed)


def _write(session: Session, action: AuditAction, fault_id: str | None, details: AuditDetails) -> None:
    audit_log.write(session.connection(), action, Subject(AuditSubject.FAULT, fault_id), acting_now(), details)


def _told(fault: Fault) -> dict[str, object]:
    """What the audit trail keeps of a fault."""
    return {name: getattr(fault, name) for name in ("kind", "path", "method", "times", "user_id")}
