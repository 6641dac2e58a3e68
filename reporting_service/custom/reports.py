"""Custom reports: built, run, changed and deleted; each of these one transaction, what is read for it before.

What is read of the whole bank is written into the audit trail, in the commit that keeps it.
"""

from decimal import Decimal

import structlog
from flask_sqlalchemy.session import Session
from pydantic import ValidationError
from sqlalchemy import select

from reporting_service.audit.trail import BrokenTrailError
from reporting_service.context import ReportingContext
from reporting_service.custom import periods, repository, running
from reporting_service.custom.payloads import CustomReportRequest
from reporting_service.custom.running import SECONDS_FOR_A_REQUEST, Days, Result
from reporting_service.custom.words import ReportScope
from reporting_service.models import CustomReport, CustomReportRun, accounts, erased_people
from reporting_service.projections import journal_projection
from reporting_service.refusals import REPORT_UNREADABLE, TOO_MANY_REPORTS
from shared.audit import Acting, AuditDetails, Subject, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import Role
from shared.http.field_problems import invalid
from shared.http.json_parsing import render
from shared.identifiers import new_id
from shared.identity.tokens import Identity
from shared.privacy.erased_people import check_not_erased
from shared.refusals import NOT_FOUND, UNAVAILABLE, Refused, forbidden
from shared.storage.database import as_dicts
from shared.time.business_days import business_day, number_of_day

logger = structlog.get_logger(__name__)

MOST_PER_PERSON = 30
KEPT_RUNS = 24
"""Of each report the newest so many runs are kept: two years of months."""


def definition_of(report: CustomReport) -> CustomReportRequest:
    """What a report measures, of what. Raises Refused: 422 where that is not understood any more."""
    try:
        return CustomReportRequest.model_validate_json(report.definition)
    except ValidationError:
        raise Refused(REPORT_UNREADABLE) from None


def build(
    context: ReportingContext, viewer: Identity, asked: CustomReportRequest, by: Acting
) -> tuple[CustomReport, CustomReportRun]:
    """Run a new report and keep both. Raises Refused; nothing is kept then."""
    _check(context, viewer, asked)
    with context.database.read_session() as session:
        _check_number(session, viewer.user_id)
    result, now_us = _counted(context, viewer, asked), context.bank_time.now_us()
    with context.database.write_session() as session:
        check_journal(session, result)
        check_not_erased(session.connection(), erased_people, viewer.user_id)
        _check_number(session, viewer.user_id)
        report = CustomReport(id=new_id(), owner_id=viewer.user_id, created_at=now_us, due_at=None, schedule=None)
        _define(report, asked, now_us)
        report.due_at = _due_at(asked, now_us)
        session.add(report)
        run = keep_run(session, report, (asked.first, asked.last), result, now_us)
        write_down(context, session, run, by)
    return report, run


def run_again(context: ReportingContext, viewer: Identity, report_id: str, by: Acting) -> CustomReportRun:
    """Run a report now, of the days that it is of. Raises Refused."""
    with context.database.read_session() as session:
        report = _found(session, viewer, report_id)
    asked = definition_of(report)
    result, now_us = _counted(context, viewer, asked), context.bank_time.now_us()
    with context.database.write_session() as session:
        check_journal(session, result)
        report = _found(session, viewer, report_id)
        run = keep_run(session, report, (asked.first, asked.last), result, now_us)
        write_down(context, session, run, by)
    return run


def change(context: ReportingContext, viewer: Identity, report_id: str, asked: CustomReportRequest) -> CustomReport:
    """Let a report measure something else from now on; what it has said stays. Raises Refused."""
    with context.database.read_session() as session:
        _found(session, viewer, report_id)
    _check(context, viewer, asked)
    now_us = context.bank_time.now_us()
    with context.database.write_session() as session:
        report = _found(session, viewer, report_id)
        was = report.schedule
        _define(report, asked, now_us)
        if asked.schedule != was:
            report.due_at = _due_at(asked, now_us)
    return report


def remove(context: ReportingContext, viewer: Identity, report_id: str) -> None:
    """Delete a report and all that it has said. Raises Refused."""
    with context.database.write_session() as session:
        repository.remove(session, _found(session, viewer, report_id).id)


def keep_run(
    session: Session, report: CustomReport, days: Days, result: Result | Refused, now_us: int, *,
    period: str | None = None, skipped: int = 0,
) -> CustomReportRun:  # fmt: skip
    """Keep what a report has said of these days, or why it said nothing; `now_us` is the bank's time."""
    first, last = (None if day is None else number_of_day(day) for day in days)
    said, refused = (result, None) if isinstance(result, Result) else (None, result)
    run = CustomReportRun(
        id=new_id(),
        report_id=report.id,
        owner_id=report.owner_id,
        scope=report.scope,
        name=report.name,
        period=period,
        skipped_periods=skipped,
        from_day=first,
        to_day=last,
        movements=0 if said is None else said.movements,
        content=None if said is None else render(said.content),
        error_code=None if refused is None else refused.refusal.code,
        as_of_position=0 if said is None else said.position,
        created_at=now_us,
    )
    session.add(run)
    session.flush()
    repository.forget_oldest_runs(session, report.id, KEPT_RUNS)
    return run


def check_journal(session: Session, result: Result | Refused) -> None:
    """Hold the journal as it is for this transaction. Raises Refused (503) where the figures are of another one."""
    at = journal_projection.read_position(session.connection(), for_update=True)
    if isinstance(result, Result) and at.generation != result.generation:
        raise Refused(UNAVAILABLE, "The bank began anew meanwhile; ask again.")


def check_trail(context: ReportingContext, scope: ReportScope) -> None:
    """Before anything is counted of the whole bank. Raises Refused (503) where that could not be written down."""
    if scope is not ReportScope.BANK:
        return
    try:
        with context.database.read() as connection:
            context.trail.check(connection)
    except BrokenTrailError as broken:
        raise _standing(broken) from None


def write_down(context: ReportingContext, session: Session, run: CustomReportRun, by: Acting) -> None:
    """In the audit trail, where it was of the whole bank. Raises Refused (503) where the trail stands still."""
    if run.scope != ReportScope.BANK:
        return
    subject = Subject(AuditSubject.REPORT, run.report_id, run.owner_id)
    told = AuditDetails(after={"run_id": run.id, "name": run.name, "movements": run.movements, "period": run.period})
    try:
        context.trail.add_own(session.connection(), row_of(AuditAction.BANK_REPORTED, subject, by, told))
    except BrokenTrailError as broken:
        raise _standing(broken) from None


def write_down_reading(context: ReportingContext, run: CustomReportRun, by: Acting, form: str | None) -> None:
    """In the audit trail, that somebody reads what was said of the whole bank, or takes it along in this form.

    Raises Refused (503) where the trail stands still: nothing is given out then.
    """
    if run.scope != ReportScope.BANK:
        return
    subject = Subject(AuditSubject.REPORT, run.report_id, run.owner_id)
    told = AuditDetails(after={"run_id": run.id, "name": run.name, "format": form})
    try:
        with context.database.write() as connection:
            context.trail.add_own(connection, row_of(AuditAction.BANK_REPORT_READ, subject, by, told))
    except BrokenTrailError as broken:
        raise _standing(broken) from None


def _standing(broken: BrokenTrailError) -> Refused:
    logger.critical("audit_trail_broken", cause=broken.reason)
    return Refused(UNAVAILABLE, "The audit trail stands still, so nothing of the whole bank is given out.")


def _found(session: Session, viewer: Identity, report_id: str) -> CustomReport:
    report = repository.find(session, viewer, report_id)
    if report is None:
        raise Refused(NOT_FOUND)
    return report


def _check_number(session: Session, owner_id: str) -> None:
    if repository.count_of(session, owner_id) >= MOST_PER_PERSON:
        raise Refused(TOO_MANY_REPORTS, details={"limit": MOST_PER_PERSON})


def _check(context: ReportingContext, viewer: Identity, asked: CustomReportRequest) -> None:
    """Whether this person may ask that. Raises Refused: 403 for the whole bank, 404 for others' accounts."""
    if asked.scope is ReportScope.BANK and viewer.role != Role.ADMIN:
        raise forbidden("Only administrators may ask of the whole bank.", role=viewer.role, roles=[Role.ADMIN])
    filters = asked.filters
    if filters.min_amount and filters.max_amount and Decimal(filters.min_amount) > Decimal(filters.max_amount):
        raise invalid("filters.max_amount", "must not be less than the least (`min_amount`)", code="reversed_range")
    wanted = set(filters.account_ids)
    if wanted and wanted != _readable(context, viewer, asked, wanted):
        context.hear_of_accounts()
        if wanted != _readable(context, viewer, asked, wanted):
            raise Refused(NOT_FOUND, "One of these accounts is not there.")


def _readable(context: ReportingContext, viewer: Identity, asked: CustomReportRequest, wanted: set[str]) -> set[str]:
    query = select(accounts.c.id).where(accounts.c.id.in_(wanted))
    if asked.scope is ReportScope.OWN:
        query = query.where(accounts.c.user_id == viewer.user_id)
    with context.database.read() as connection:
        return {row["id"] for row in as_dicts(connection.execute(query))}


def _counted(context: ReportingContext, viewer: Identity, asked: CustomReportRequest) -> Result:
    """What it says, while few others are counted at the same time. Raises Refused."""
    check_trail(context, asked.scope)
    context.counted.begin(viewer.user_id)
    try:
        days = (asked.first, asked.last)
        return running.run(context, viewer.user_id, asked, days, seconds=SECONDS_FOR_A_REQUEST)
    finally:
        context.counted.end(viewer.user_id)


def _define(report: CustomReport, asked: CustomReportRequest, now_us: int) -> None:
    report.name = asked.name
    report.scope = asked.scope
    report.schedule = asked.schedule
    report.definition = asked.model_dump_json(by_alias=True)
    report.updated_at = now_us
    report.attempts, report.retry_at = 0, None


def _due_at(asked: CustomReportRequest, now_us: int) -> int | None:
    """When the month or week that it is at the bank ends."""
    return None if asked.schedule is None else periods.period_of(asked.schedule, business_day(now_us)).ends_at
