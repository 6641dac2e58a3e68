"""Removes the oldest records of the trail, when the settings say how long they are kept.

Only from the beginning on, up to the first record that is young enough; never the one that the anchor is set on; and
only those that are as they were written. That it was done is a record of its own.
"""

from sqlalchemy import Connection, delete

from reporting_service.audit import beginning
from reporting_service.audit.anchor import Head
from reporting_service.audit.beginning import Beginning
from reporting_service.audit.trail import AuditTrail, BrokenTrailError, rows_after
from reporting_service.models import audit_trail
from shared.audit import Acting, AuditDetails, Subject, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import Channel
from shared.storage import append_only
from shared.time import clock

AT_ONCE = 5_000
RETENTION_SECONDS = 600.0
_DAY_US = 86_400 * clock.MICROSECONDS


def keep_days(trail: AuditTrail, days: int) -> None:
    """Remove all that is older than so many days; nothing where that is 0."""
    while days and remove_older(trail, clock.now_us() - days * _DAY_US) == AT_ONCE:
        pass


def remove_older(trail: AuditTrail, before: int) -> int:
    """Remove records from before an instant, so many in a commit; how many. Raises BrokenTrailError."""
    with trail.database.write() as connection:
        trail.check(connection)
        began = trail.beginning(connection)
        last, removed = _last_to_go(trail, connection, began.head, before)
        if removed:
            with append_only.unguarded(connection, [str(audit_trail.name)]):
                connection.execute(delete(audit_trail).where(audit_trail.c.position <= last.position))
            beginning.write(connection, trail.keys, Beginning(last, max(before, began.removed_before)))
            told = AuditDetails(after={"records": removed, "up_to": last.position, "before": clock.to_wire(before)})
            by = Acting(channel=Channel.BANK.value)
            trail.add_own(connection, row_of(AuditAction.TRAIL_SHORTENED, Subject(AuditSubject.BANK), by, told))
    return removed


def _last_to_go(trail: AuditTrail, connection: Connection, began: Head, before: int) -> tuple[Head, int]:
    anchored = trail.anchor.read()
    last, count = began, 0
    for row in rows_after(connection, began.position, None if anchored is None else anchored.position - 1):
        if row["occurred_at"] >= before or count == AT_ONCE:
            break
        if not trail.fits(row, last):
            reason = f"record {row['position']} is not as it was written, and is not removed"
            raise BrokenTrailError(reason)
        last, count = Head(row["position"], row["seal"]), count + 1
    return last, count
