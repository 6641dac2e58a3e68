"""Removes the oldest records of the trail, when the settings say how long they are kept.

Only from the beginning on, up to the first record that is young enough; never the one that the anchor is set on; and
only those that are as they were written. That it was done is a record of its own.
"""

from collections.abc import Callable

from sqlalchemy import Connection, delete, func, select

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
from shared.time.believed_clock import BelievedClock, elapsed_us

AT_ONCE = 5_000
RETENTION_SECONDS = 600.0
_DAY_US = 86_400 * clock.MICROSECONDS


class Retention:
    """Keeps the trail for so many days; for ever where that is 0."""

    def __init__(
        self,
        trail: AuditTrail,
        days: int,
        *,
        now: Callable[[], int] = clock.now_us,
        elapsed: Callable[[], int] = elapsed_us,
    ) -> None:
        self._trail, self._days = trail, days
        self._now, self._elapsed = now, elapsed
        self._clock: BelievedClock | None = None

    def keep(self) -> None:
        """Remove all that is older. Of the time only what the newest record bears out is believed."""
        if not self._days:
            return
        if self._clock is None:
            with self._trail.database.read() as connection:
                newest = connection.execute(select(func.max(audit_trail.c.occurred_at))).scalar()
            self._clock = BelievedClock(newest, now=self._now, elapsed=self._elapsed)
        while remove_older(self._trail, self._clock.now_us() - self._days * _DAY_US) == AT_ONCE:
            pass


def remove_older(trail: AuditTrail, before: int) -> int:
    """Remove records from before an instant, so many in a commit; how many. Raises BrokenTrailError."""
    with trail.database.write() as connection:
        trail.check(connection)
        began = trail.beginning(connection)
        last, removed, latest = _last_to_go(trail, connection, began.head, before)
        if removed:
            with append_only.unguarded(connection, [str(audit_trail.name)]):
                connection.execute(delete(audit_trail).where(audit_trail.c.position <= last.position))
            beginning.write(connection, trail.keys, Beginning(last, max(latest + 1, began.removed_before)))
            told = AuditDetails(after={"records": removed, "up_to": last.position, "before": clock.to_wire(before)})
            by = Acting(channel=Channel.BANK.value)
            trail.add_own(connection, row_of(AuditAction.TRAIL_SHORTENED, Subject(AuditSubject.BANK), by, told))
    return removed


def _last_to_go(trail: AuditTrail, connection: Connection, began: Head, before: int) -> tuple[Head, int, int]:
    """The last record to remove, how many go with it, and when the latest of them occurred."""
    anchored = trail.anchor.read()
    last, count, latest = began, 0, 0
    for row in rows_after(connection, began.position, None if anchored is None else anchored.position - 1):
        if row["occurred_at"] >= before or count == AT_ONCE:
            break
        if not trail.fits(row, last):
            reason = f"record {row['position']} is not as it was written, and is not removed"
            raise BrokenTrailError(reason)
        last, count = Head(row["position"], row["seal"]), count + 1
        latest = max(latest, row["occurred_at"])
    return last, count, latest
