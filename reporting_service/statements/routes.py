"""The HTTP of statements: parse, read, render."""

from dataclasses import replace
from datetime import datetime

import structlog
from flask import Response, request
from flask_openapi3 import Tag

from reporting_service import typesetting
from reporting_service.account_access import known_account
from reporting_service.context import context
from reporting_service.refusals import STATEMENT_TOO_LONG
from reporting_service.reports.payloads import AccountPath
from reporting_service.statements import statement_queries
from reporting_service.statements.formats import reply
from reporting_service.statements.formats.registry import FORMATS
from reporting_service.statements.payloads import AccountStatement, StatementFormat, StatementMonth, StatementQuery
from reporting_service.statements.statement import Pending
from shared.amounts import money
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.files.csv_cells import BYTE_ORDER_MARK
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import PRIVATE, access, current_identity
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.settings import bank_name
from shared.time import clock
from shared.time.business_days import business_day, whole_month

logger = structlog.get_logger(__name__)

MOST_LINES = 20_000
"""A statement is held in memory and set on paper; whoever wants more takes an export."""

MOST_LINES_OF = {StatementFormat.PDF: typesetting.MOST_LINES}
"""Where it is fewer."""
MOST_PENDING = 200

blueprint = ServiceBlueprint(
    "statements",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Statements", description="Statements of accounts, in the formats of the field.")],
)


@blueprint.get(
    "/statement/<account_id>", responses={"200": reply_of(AccountStatement)}, summary="Get account statement"
)
@access(PRIVATE)
@refuses(STATEMENT_TOO_LONG)
@answers_files(*(one.content_type for one in FORMATS.values()))
def get_account_statement(path: AccountPath, query: StatementQuery) -> ViewReply | Response:
    account, viewer = known_account(path.account_id), current_identity()
    settled_until, most = context().settled_until(), MOST_LINES_OF.get(query.format, MOST_LINES)
    days = query.days or whole_month(business_day(context().bank_time.now_us()))
    with context().database.read() as connection:
        try:
            statement = statement_queries.read_statement(
                connection, account, viewer.user_id, days, bank_name=bank_name(), most=most, settled_until=settled_until
            )
        except statement_queries.TooManyLinesError:
            raise Refused(STATEMENT_TOO_LONG, details={"most": most}) from None
    if not statement.is_final:
        statement = replace(statement, pending=_pending(account.id))
    if query.format is StatementFormat.JSON:
        return success(reply.shown(statement, account.status, account.user_id))
    wanted = FORMATS[query.format]
    content = wanted.render(statement)
    if query.bom and query.format is StatementFormat.CSV:
        content = BYTE_ORDER_MARK + content
    return file_reply(content, wanted.content_type, f"{statement.file_name}.{wanted.extension}")


@blueprint.get(
    "/statements/<account_id>",
    responses={"200": list_of(StatementMonth)},
    summary="List statement months, newest first",
)
@access(PRIVATE)
def list_account_statements(path: AccountPath) -> ViewReply:
    account, settled_until = known_account(path.account_id), context().settled_until()
    with context().database.read() as connection:
        found = statement_queries.months(connection, account, settled_until)
    return success_list([reply.shown_month(month, account.currency) for month in found])


def _pending(account_id: str) -> tuple[Pending, ...] | None:
    """What is under way from the account, newest first; None while the ledger cannot say."""
    try:
        rows = context().clients.pending_payments(account_id, request.headers["Authorization"], MOST_PENDING)
    except Refused as refused:
        logger.info("pending_unknown", cause=cause_of(refused))
        return None
    return tuple(
        Pending(
            row["id"],
            money.parse_amount(row["amount"], row["currency"]).minor,
            business_day(clock.from_datetime(datetime.fromisoformat(row["effective_at"]))),
            row["description"],
        )
        for row in rows
    )
