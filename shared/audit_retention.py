"""How long a service keeps what it wrote down for the audit trail: longer than reporting keeps the trail itself.

Only what reporting has taken in goes; should it ever read the feed anew, it leaves out what is older than its trail.
"""

import threading

import structlog
from sqlalchemy import and_, delete, func, select

from shared import settings
from shared.audit import FEED, AuditLog
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.storage import append_only
from shared.storage.database import Database
from shared.time import clock
from shared.time.believed_clock import BelievedClock

logger = structlog.get_logger(__name__)

LONGER_DAYS = 30
_DAY_US = 86_400 * clock.MICROSECONDS
_EVERY_SECONDS = 3600.0
_FIRST_SECONDS = 60.0


def kept_days() -> int:
    """`BANK_AUDIT_DAYS`: how many days the audit trail is kept; 0 for ever."""
    return settings.number("BANK_AUDIT_DAYS", 0, highest=36_600)


def start(database: Database, log: AuditLog) -> None:
    """Remove what has served its time each hour, in a daemon thread; none where all is kept for ever."""
    days = kept_days()
    if days:
        threading.Thread(target=_run, args=(database, log, days), name="audit-retention", daemon=True).start()


def remove_older(database: Database, log: AuditLog, before: int) -> int:
    """Remove a service's own records from before an instant (microseconds) that reporting has taken in; how many."""
    old = and_(log.table.c.occurred_at < before, log.table.c.position <= log.taken_in)
    with database.read() as connection:
        if connection.execute(log.table.select().where(old).limit(1)).first() is None:
            return 0
    with database.write() as connection, append_only.unguarded(connection, [FEED]):
        return int(connection.execute(delete(log.table).where(old)).rowcount)


def clock_of(database: Database, log: AuditLog) -> BelievedClock:
    """The time as far as it is borne out by what the service wrote down last."""
    with database.read() as connection:
        return BelievedClock(connection.execute(select(func.max(log.table.c.occurred_at))).scalar())


def _run(database: Database, log: AuditLog, days: int) -> None:
    stopped, pause = threading.Event(), _FIRST_SECONDS
    believed: BelievedClock | None = None
    while not stopped.wait(pause):
        pause = _EVERY_SECONDS
        try:
            believed = believed or clock_of(database, log)
            remove_older(database, log, believed.now_us() - (days + LONGER_DAYS) * _DAY_US)
        except Refused as refused:
            logger.debug("audit_retention_waits", cause=cause_of(refused))
        except Exception:  # the next hour comes whatever this one met
            logger.exception("audit_retention_failed")
