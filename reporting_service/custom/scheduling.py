"""Reports that are run by themselves: each month or week of the bank once, when nothing more is booked in it.

A report's row says when its present month or week ends. What is due is counted outside of any transaction; then one
commit keeps what it says and moves that row on, if it is still where it was: so nothing is lost or done twice,
whatever is killed, and however many processes do it. Where the bank's clock has gone over several at once, the last is
reported, and says how many were passed over.
"""

import threading

import structlog

from reporting_service.context import ReportingContext
from reporting_service.custom import periods, reports, repository, running
from reporting_service.custom.running import SECONDS_FOR_THE_SCHEDULE, Result
from reporting_service.custom.words import Schedule
from reporting_service.models import CustomReport
from reporting_service.projections import journal_projection
from shared.audit import Acting
from shared.business_days import business_day
from shared.enums import Channel
from shared.logs import cause_of
from shared.refusals import INTERNAL, UNAVAILABLE, Refused

logger = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
AT_ONCE = 50
_LONGEST_PAUSE_SECONDS = 60.0


def run_due(context: ReportingContext) -> int:
    """Run what is due, the first first, and say how many. Raises Refused while the ledger is away."""
    with context.database.read_session() as session:
        if not repository.anything_scheduled(session):
            return 0
    position = journal_projection.position(context.database)
    settled_us = context.clients.settled_until(position)
    done = 0
    while True:
        with context.database.read_session() as session:
            due = repository.due(session, settled_us, AT_ONCE)
        if not due:
            return done
        for report in due:
            done += _run(context, report, settled_us)


def _run(context: ReportingContext, report: CustomReport, settled_us: int) -> int:
    """Run a report of the last month or week that has ended by now; 0 where another process has done it meanwhile."""
    asked = reports.definition_of(report)
    schedule = Schedule(str(report.schedule))
    due_at = report.due_at or 0
    expected = periods.period_of(schedule, business_day(due_at - 1))
    latest = max(expected, periods.latest_ended(schedule, settled_us), key=lambda period: period.first)
    days = (latest.first, latest.last)
    result: Result | Refused
    try:
        result = running.run(context, report.owner_id, asked, days, seconds=SECONDS_FOR_THE_SCHEDULE)
    except Refused as refused:
        if refused.refusal.code == UNAVAILABLE.code:
            raise
        result = refused
    except Exception:  # one that cannot be counted keeps no other from it
        logger.exception("custom_report_failed", report_id=report.id)
        result = Refused(INTERNAL)
    with context.database.write_session() as session:
        now = session.get(CustomReport, report.id, with_for_update=True)
        if now is None or now.due_at != due_at or now.definition != report.definition:
            return 0
        now.due_at = periods.period_of(schedule, business_day(latest.ends_at)).ends_at
        if repository.has_run_of(session, report.id, latest.name):
            return 0
        skipped = periods.from_one_to(expected, latest)
        run = reports.keep_run(session, now, days, result, period=latest.name, skipped=skipped)
        reports.write_down(context, session, run, Acting(user_id=run.owner_id, channel=Channel.BANK.value))
    return 1


class ReportSchedule:
    """Runs what is due in a thread of its own."""

    def __init__(self, context: ReportingContext) -> None:
        self._context = context
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin looking."""
        threading.Thread(target=self._run, name="report schedule", daemon=True).start()

    def stop(self) -> None:
        """Stop after what is in hand."""
        self._stopped.set()

    def _run(self) -> None:
        pause = POLL_SECONDS
        while not self._stopped.wait(pause):
            try:
                run_due(self._context)
                pause = POLL_SECONDS
            except Refused as refused:
                logger.debug("report_schedule_waits", cause=cause_of(refused))
            except Exception:  # a thread that died in silence would run no report ever again
                logger.exception("report_schedule_failed")
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
