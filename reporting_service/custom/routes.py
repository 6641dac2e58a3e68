"""The HTTP of custom reports: parse, call, render."""

from typing import Any

from flask import Response, request
from flask_openapi3 import Tag

from reporting_service.context import context
from reporting_service.custom import reports, repository, serializers
from reporting_service.custom.files.registry import FORMATS, file_name
from reporting_service.custom.payloads import (
    CustomReport,
    CustomReportDeleted,
    CustomReportPath,
    CustomReportRequest,
    CustomReportRun,
    CustomReportRunPath,
    CustomReportRunSummary,
)
from reporting_service.models import CustomReport as StoredReport
from reporting_service.models import CustomReportRun as StoredRun
from reporting_service.refusals import REPORT_TOO_LARGE, REPORT_TOO_SLOW, REPORT_UNREADABLE, TOO_MANY_REPORTS
from reporting_service.reports.payloads import DownloadQuery, ReportFormat
from shared.audit import acting_now
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.files.csv_cells import BYTE_ORDER_MARK
from shared.http.application import SECURED, ViewReply
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import PRIVATE, access, current_identity
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import USER_ERASED
from shared.settings import bank_name

blueprint = ServiceBlueprint(
    "custom_reports",
    __name__,
    url_prefix="/api/reports/custom",
    abp_security=SECURED,
    abp_tags=[Tag(name="Custom reports", description="Reports that people build themselves.")],
)


@blueprint.post("", responses={"201": reply_of(CustomReport)}, summary="Create and run custom report")
@access(PRIVATE)
@refuses(NOT_FOUND, TOO_MANY_REPORTS, REPORT_TOO_LARGE, REPORT_TOO_SLOW, USER_ERASED)
def create_custom_report(body: CustomReportRequest) -> ViewReply:
    report, run = reports.build(context(), current_identity(), body, acting_now())
    return success(serializers.report_shown(report, run)), 201


@blueprint.get("", responses={"200": list_of(CustomReport)}, summary="List my custom reports, newest first")
@access(PRIVATE)
def list_custom_reports(query: ListQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows, cursor = repository.reports_page(session, current_identity(), query)
        latest = repository.latest_runs(session, current_identity(), [row.id for row in rows])
    return success_list([serializers.report_shown(row, latest.get(row.id)) for row in rows], cursor)


@blueprint.get("/<custom_report_id>", responses={"200": reply_of(CustomReport)}, summary="Get custom report")
@access(PRIVATE)
def get_custom_report(path: CustomReportPath) -> ViewReply:
    return success(_shown(path.custom_report_id))


@blueprint.put("/<custom_report_id>", responses={"200": reply_of(CustomReport)}, summary="Update custom report")
@access(PRIVATE)
def update_custom_report(path: CustomReportPath, body: CustomReportRequest) -> ViewReply:
    return success(_shown(reports.change(context(), current_identity(), path.custom_report_id, body).id))


@blueprint.delete(
    "/<custom_report_id>",
    responses={"200": reply_of(CustomReportDeleted)},
    summary="Delete custom report and its results",
)
@access(PRIVATE)
def delete_custom_report(path: CustomReportPath) -> ViewReply:
    reports.remove(context(), current_identity(), path.custom_report_id)
    return success({"deleted": True})


@blueprint.post("/<custom_report_id>/run", responses={"201": reply_of(CustomReportRun)}, summary="Run custom report")
@access(PRIVATE)
@refuses(REPORT_TOO_LARGE, REPORT_TOO_SLOW, REPORT_UNREADABLE)
def run_custom_report(path: CustomReportPath) -> ViewReply:
    run = reports.run_again(context(), current_identity(), path.custom_report_id, acting_now())
    return success(serializers.run_shown(*_run(run.id))), 201


@blueprint.get(
    "/<custom_report_id>/runs",
    responses={"200": list_of(CustomReportRunSummary)},
    summary="List custom report results, newest first",
)
@access(PRIVATE)
def list_custom_report_runs(path: CustomReportPath, query: ListQuery) -> ViewReply:
    with context().database.read_session() as session:
        if repository.find(session, current_identity(), path.custom_report_id) is None:
            raise Refused(NOT_FOUND)
        rows, cursor = repository.runs_page(session, current_identity(), path.custom_report_id, query)
    return success_list([serializers.run_summary(row) for row in rows], cursor)


@blueprint.get("/runs/<run_id>", responses={"200": reply_of(CustomReportRun)}, summary="Get custom report result")
@access(PRIVATE)
def get_custom_report_run(path: CustomReportRunPath) -> ViewReply:
    return success(_read(path.run_id))


@blueprint.get("/runs/<run_id>/download", summary="Download custom report result")
@access(PRIVATE)
@answers_files(*(one.content_type for one in FORMATS.values()))
def download_custom_report_run(path: CustomReportRunPath, query: DownloadQuery) -> Response:
    found, wanted = _read(path.run_id, query.format), FORMATS[query.format]
    mark = BYTE_ORDER_MARK if query.bom and query.format is ReportFormat.CSV else b""
    return file_reply(mark + wanted.render(found, bank_name()), wanted.content_type, file_name(found, wanted.extension))


def _shown(report_id: str) -> dict[str, Any]:
    with context().database.read_session() as session:
        report = repository.find(session, current_identity(), report_id)
        if report is None:
            raise Refused(NOT_FOUND)
        latest = repository.latest_runs(session, current_identity(), [report.id])
    return serializers.report_shown(report, latest.get(report.id))


def _read(run_id: str, form: ReportFormat | None = None) -> dict[str, Any]:
    """A run of this person's, as it is given out; of the whole bank that is an act. Raises Refused: 404, 503."""
    run, report = _run(run_id)
    if request.method != "HEAD":  # which asks only, and is given nothing
        reports.write_down_reading(context(), run, acting_now(), form)
    return serializers.run_shown(run, report)


def _run(run_id: str) -> tuple[StoredRun, StoredReport]:
    """A run of this person's, and its report. Raises Refused (404)."""
    with context().database.read_session() as session:
        run = repository.find_run(session, current_identity(), run_id)
        report = None if run is None else repository.find(session, current_identity(), run.report_id)
        if run is None or report is None:
            raise Refused(NOT_FOUND)
    return run, report
