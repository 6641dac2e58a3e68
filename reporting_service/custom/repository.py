"""The rows of custom reports and of what they have said, each for whoever may read it now."""

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select

from reporting_service.custom.words import ReportScope
from reporting_service.models import CustomReport, CustomReportRun, KnownUser
from shared.enums import Role, UserStatus
from shared.http.pagination import ListQuery, fetch_page
from shared.identifiers import is_id
from shared.identity.tokens import Identity

_SUMMARY: tuple[Any, ...] = (
    CustomReportRun.id,
    CustomReportRun.report_id,
    CustomReportRun.name,
    CustomReportRun.scope,
    CustomReportRun.error_code,
    CustomReportRun.period,
    CustomReportRun.skipped_periods,
    CustomReportRun.from_day,
    CustomReportRun.to_day,
    CustomReportRun.movements,
    CustomReportRun.as_of_position,
    CustomReportRun.created_at,
)
"""A run but for its figures."""


def reports_page(session: Session, viewer: Identity, query: ListQuery) -> tuple[list[Any], str | None]:
    """A page of a person's reports, newest first. Raises Refused (422), see `fetch_page`."""
    rows, cursor = fetch_page(
        session, _own(select(CustomReport), CustomReport, viewer), CustomReport.created_at, CustomReport.id, query
    )
    return [row[0] for row in rows], cursor


def find(session: Session, viewer: Identity, report_id: str, *, for_update: bool = False) -> CustomReport | None:
    """This person's report with this id."""
    if not is_id(report_id):
        return None
    query = _own(select(CustomReport), CustomReport, viewer).where(CustomReport.id == report_id)
    return session.scalars(query.with_for_update() if for_update else query).one_or_none()


def count_of(session: Session, owner_id: str) -> int:
    """How many reports somebody has."""
    counted = select(func.count()).select_from(CustomReport).where(CustomReport.owner_id == owner_id)
    return int(session.execute(counted).scalar_one())


def remove(session: Session, report_id: str) -> None:
    """A report, with all that it has said."""
    session.execute(delete(CustomReportRun).where(CustomReportRun.report_id == report_id))
    session.execute(delete(CustomReport).where(CustomReport.id == report_id))


def runs_page(session: Session, viewer: Identity, report_id: str, query: ListQuery) -> tuple[list[Any], str | None]:
    """A page of what a report has said, newest first, without the figures."""
    of_report = _own(select(*_SUMMARY), CustomReportRun, viewer).where(CustomReportRun.report_id == report_id)
    return fetch_page(session, of_report, CustomReportRun.created_at, CustomReportRun.id, query)


def find_run(session: Session, viewer: Identity, run_id: str) -> CustomReportRun | None:
    """What one of this person's reports has said, by its id."""
    if not is_id(run_id):
        return None
    query = _own(select(CustomReportRun), CustomReportRun, viewer).where(CustomReportRun.id == run_id)
    return session.scalars(query).one_or_none()


def latest_runs(session: Session, viewer: Identity, report_ids: list[str]) -> dict[str, Any]:
    """The newest run of each of these reports that this person may read, without the figures."""
    columns: tuple[Any, ...] = (CustomReportRun.report_id, func.max(CustomReportRun.id).label("id"))
    of_reports = _own(select(*columns), CustomReportRun, viewer).where(CustomReportRun.report_id.in_(report_ids))
    newest = of_reports.group_by(CustomReportRun.report_id).subquery()
    query = select(*_SUMMARY).join(newest, newest.c.id == CustomReportRun.id)
    return {row.report_id: row for row in session.execute(query)}


def has_run_of(session: Session, report_id: str, period: str) -> bool:
    """Whether a month or week of a report is there already."""
    of_period = (CustomReportRun.report_id == report_id, CustomReportRun.period == period)
    return session.execute(select(CustomReportRun.id).where(*of_period)).first() is not None


def forget_oldest_runs(session: Session, report_id: str, kept: int) -> None:
    """Keep the newest so many."""
    newest = select(CustomReportRun.id).where(CustomReportRun.report_id == report_id)
    too_many = session.scalars(newest.order_by(CustomReportRun.id.desc()).offset(kept).limit(1)).first()
    if too_many is not None:
        of_report = (CustomReportRun.report_id == report_id, CustomReportRun.id <= too_many)
        session.execute(delete(CustomReportRun).where(*of_report))


def anything_scheduled(session: Session) -> bool:
    """Whether there is a report that is run by itself."""
    return session.execute(select(CustomReport.id).where(CustomReport.due_at.is_not(None)).limit(1)).first() is not None


def due(session: Session, until_us: int, now_us: int, limit: int) -> list[CustomReport]:
    """Reports whose month or week has ended by an instant, the first first; but those tried again later than now.

    Those of people who may not read them now wait: who was disabled, or has left the administrators.
    """
    may_read = or_(CustomReport.scope == ReportScope.OWN, KnownUser.role == Role.ADMIN)
    owned = and_(KnownUser.id == CustomReport.owner_id, KnownUser.status == UserStatus.ACTIVE, may_read)
    query = select(CustomReport).join(KnownUser, owned).where(CustomReport.due_at <= until_us)
    query = query.where(or_(CustomReport.retry_at.is_(None), CustomReport.retry_at <= now_us))
    return list(session.scalars(query.order_by(CustomReport.due_at, CustomReport.id).limit(limit)))


def _own(query: Select[Any], table: Any, viewer: Identity) -> Select[Any]:
    """This person's, and of the whole bank's only while they are an administrator."""
    mine: list[ColumnElement[bool]] = [table.owner_id == viewer.user_id]
    if viewer.role != Role.ADMIN:
        mine.append(table.scope == ReportScope.OWN)
    return query.where(*mine)
