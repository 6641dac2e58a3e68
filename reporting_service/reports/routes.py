"""The HTTP of reports: parse, call, render."""

from flask import Response, request
from flask_openapi3 import Tag

from reporting_service.account_access import known_account
from reporting_service.context import context
from reporting_service.projections import journal_projection
from reporting_service.reports import stored_reports
from reporting_service.reports.account_report import account_report
from reporting_service.reports.balance_total import balance_total
from reporting_service.reports.bank_payloads import BalanceTotal, SystemReport
from reporting_service.reports.files.registry import FORMATS, file_name
from reporting_service.reports.movements import Filters
from reporting_service.reports.payloads import (
    AccountPath,
    AccountReport,
    DownloadQuery,
    ReportFormat,
    ReportPath,
    ReportSummary,
    TransactionReport,
    TransactionReportQuery,
)
from reporting_service.reports.system_report import system_report
from reporting_service.reports.transaction_report import transaction_report
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.files.csv_cells import BYTE_ORDER_MARK
from shared.http.application import SECURED, ViewReply
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import ADMIN, PRIVATE, access, current_identity
from shared.refusals import NOT_FOUND, STORAGE_FULL, Refused
from shared.service_refusals import USER_ERASED
from shared.settings import bank_name
from shared.time.date_ranges import DateRangeQuery

blueprint = ServiceBlueprint(
    "reports",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Reports", description="The read side: reports over the journal.")],
)


@blueprint.get("/account/<account_id>", responses={"200": reply_of(AccountReport)}, summary="Report on account")
@access(PRIVATE)
@refuses(STORAGE_FULL, USER_ERASED)
def get_account_report(path: AccountPath, query: DateRangeQuery) -> ViewReply:
    identity, span = current_identity(), query.date_range
    account, now_us = known_account(path.account_id), context().bank_time.now_us()
    with context().database.read() as connection:
        content = account_report(connection, account, span, identity.user_id)
        position = journal_projection.read_position(connection).position
    if request.method == "HEAD":
        return success(content)  # asks only, and stores nothing
    with context().database.write_session() as session:
        report = stored_reports.store(
            session,
            identity.user_id,
            report_type="account",
            title=f"{account.nickname or account.account_type.capitalize()} {account.account_number[-4:]}",
            parameters={"account_id": account.id, **span.wire()},
            content=content,
            as_of_position=position,
            created_at=now_us,
        )
    return success({**stored_reports.summary(report), **content, **_freshness()})


@blueprint.get("/transactions", responses={"200": reply_of(TransactionReport)}, summary="Report on my transactions")
@access(PRIVATE)
def get_transaction_report(query: TransactionReportQuery) -> ViewReply:
    filters = Filters(query.date_range, query.type, query.category)
    with context().database.read() as connection:
        position = journal_projection.read_position(connection).position
        content = transaction_report(connection, current_identity().user_id, filters, query.limit)
    return success({"as_of_position": position, **_freshness(), **content})


@blueprint.get("/list", responses={"200": list_of(ReportSummary)}, summary="List my saved reports, newest first")
@access(PRIVATE)
def list_reports(query: ListQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows, next_cursor = stored_reports.page(session, current_identity(), query)
    return success_list([stored_reports.summary(row) for row in rows], next_cursor)


@blueprint.get("/details/<report_id>", responses={"200": reply_of(AccountReport)}, summary="Get saved report")
@access(PRIVATE)
def get_report(path: ReportPath) -> ViewReply:
    with context().database.read_session() as session:
        report = stored_reports.find(session, current_identity(), path.report_id)
    if report is None:
        raise Refused(NOT_FOUND)
    return success({**stored_reports.rendered(report), **_freshness()})


@blueprint.get("/<report_id>/download", summary="Download saved report")
@access(PRIVATE)
@answers_files(*(one.content_type for one in FORMATS.values()))
def download_report(path: ReportPath, query: DownloadQuery) -> Response:
    with context().database.read_session() as session:
        report = stored_reports.find(session, current_identity(), path.report_id)
        if report is None:
            raise Refused(NOT_FOUND)
        found = stored_reports.rendered(report)
    wanted = FORMATS[query.format]
    mark = BYTE_ORDER_MARK if query.bom and query.format is ReportFormat.CSV else b""
    return file_reply(mark + wanted.render(found, bank_name()), wanted.content_type, file_name(found, wanted.extension))


@blueprint.get("/system", responses={"200": reply_of(SystemReport)}, summary="Get bank statistics")
@access(ADMIN)
def get_system_report() -> ViewReply:
    with context().database.read() as connection:
        position = journal_projection.read_position(connection).position
        return success({"as_of_position": position, **_freshness(), **system_report(connection)})


@blueprint.get("/balances/total", responses={"200": reply_of(BalanceTotal)}, summary="Get total balances")
@access(ADMIN)
def get_balance_total() -> ViewReply:
    return success(balance_total(context()))


def _freshness() -> dict[str, bool]:
    return {"stale": not context().is_following()}
