"""Reports that are run by themselves: each month or week of the bank once, when nothing more is booked in it.

A report's row says when its present month or week ends. What is due is counted outside of any transaction; then one
commit keeps what it says and moves that row on, if it is still where it was: so nothing is lost or done twice,
whatever is killed, and however many processes do it. Where the bank's clock has gone over several at once, the last is
reported, and says how many were passed over.

What may pass by itself (a database that is away, a machine that is busy or full) costs nobody a month: it is tried
again, each time later, and only after MOST_ATTEMPTS kept as what came of it. How often it was tried is in its row.
While the audit trail stands still, reports of the whole bank wait.
"""

import threading

import structlog
from flask_sqlalchemy.session import Session
from sqlalchemy.exc import DBAPIError

from reporting_service.context import ReportingContext
from reporting_service.custom import periods, reports, repository, running
from reporting_service.custom.periods import Period
from reporting_service.custom.running import SECONDS_FOR_THE_SCHEDULE, Result
from reporting_service.custom.words import Schedule
from reporting_service.models import CustomReport
from reporting_service.refusals import REPORT_TOO_SLOW
from shared.audit import Acting
from shared.enums import Channel
from shared.observability.logs import cause_of
from shared.refusals import INTERNAL, UNAVAILABLE, Refused
from shared.time import clock
from shared.time.business_days import business_day

logger = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
AT_ONCE = 50
MOST_ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 60.0
_RETRY_US, _LONGEST_RETRY_US = 60 * clock.MICROSECONDS, 3600 * clock.MICROSECONDS
_PASSING = (DBAPIError, OSError, MemoryError)


def run_due(context: ReportingContext) -> int:
    """Run what is due, the first first, and say how many. Raises Refused while the ledger is away."""
    with context.database.read_session() as session:
        if not repository.anything_scheduled(session):
            return 0
    settled_us = context.ask_settled_until()
    done = 0
    while True:
        with context.database.read_session() as session:
            due = repository.due(session, settled_us, clock.now_us(), AT_ONCE)
        if not due:
            return done
        for report in due:
            done += _run(context, report, settled_us)


def _run(context: ReportingContext, report: CustomReport, settled_us: int) -> int:
    """Run a report of the last month or week that has ended by now.

    0 where that has to wait, or another process has done it meanwhile.
    """
    try:
        schedule = Schedule(str(report.schedule))
    except ValueError:
        return _set_aside(context, report)
    expected = periods.period_of(schedule, business_day((report.due_at or 0) - 1))
    latest = max(expected, periods.latest_ended(schedule, settled_us), key=lambda period: period.first)
    result, is_passing = _said(context, report, latest)
    if is_passing and not (_is_counted(result) and report.attempts + 1 >= MOST_ATTEMPTS):
        return _put_off(context, report, is_counted=_is_counted(result))
    try:
        return _keep(context, report, expected, latest, result)
    except Refused as refused:
        if refused.refusal.code != UNAVAILABLE.code:
            raise
        logger.info("custom_report_waits", report_id=report.id, cause=cause_of(refused))
        return _put_off(context, report, is_counted=False)


def _said(context: ReportingContext, report: CustomReport, period: Period) -> tuple[Result | Refused, bool]:
    """What a report says of a period, or why it says nothing, and whether that may pass by itself."""
    try:
        asked = reports.definition_of(report)
        reports.check_trail(context, asked.scope)
        days = (period.first, period.last)
        return running.run(context, report.owner_id, asked, days, seconds=SECONDS_FOR_THE_SCHEDULE), False
    except Refused as refused:
        return refused, refused.refusal.code in (UNAVAILABLE.code, REPORT_TOO_SLOW.code)
    except Exception as error:  # one that cannot be counted keeps no other from it
        logger.exception("custom_report_failed", report_id=report.id)
        return Refused(INTERNAL), isinstance(error, _PASSING)


def _is_counted(result: Result | Refused) -> bool:
    """Whether an attempt counts; what is only told to wait waits as long as it takes."""
    return isinstance(result, Refused) and result.refusal.code != UNAVAILABLE.code


def _keep(
    context: ReportingContext, report: CustomReport, expected: Period, latest: Period, result: Result | Refused
) -> int:
    """Keep what a report says, and move it on. Raises Refused: 503 where that has to wait."""
    now_us = context.bank_time.now_us()
    with context.database.write_session() as session:
        reports.check_journal(session, result)
        now = _same(session, report)
        if now is None:
            return 0
        now.due_at = periods.period_of(latest.schedule, business_day(latest.ends_at)).ends_at
        now.attempts, now.retry_at = 0, None
        if repository.has_run_of(session, report.id, latest.name):
            return 0
        skipped = periods.from_one_to(expected, latest)
        days = (latest.first, latest.last)
        run = reports.keep_run(session, now, days, result, now_us, period=latest.name, skipped=skipped)
        reports.write_down(context, session, run, Acting(user_id=run.owner_id, channel=Channel.BANK.value))
    return 1


def _put_off(context: ReportingContext, report: CustomReport, *, is_counted: bool) -> int:
    """Try it again later: what is counted each time later than before."""
    pause = min(_RETRY_US << report.attempts, _LONGEST_RETRY_US) if is_counted else _RETRY_US
    with context.database.write_session() as session:
        now = _same(session, report)
        if now is not None:
            now.retry_at = clock.now_us() + pause
            now.attempts += is_counted
    return 0


def _set_aside(context: ReportingContext, report: CustomReport) -> int:
    """Run it no more: nobody knows how often it was to be."""
    logger.error("custom_report_set_aside", report_id=report.id)
    with context.database.write_session() as session:
        now = _same(session, report)
        if now is not None:
            now.due_at, now.schedule = None, None
    return 0


def _same(session: Session, report: CustomReport) -> CustomReport | None:
    """Its row, held, if it still is as it was read."""
    now = session.get(CustomReport, report.id, with_for_update=True)
    is_same = now is not None and (now.due_at, now.definition) == (report.due_at, report.definition)
    return now if is_same else None


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
