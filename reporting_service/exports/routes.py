"""The HTTP of exports: parse, then write while it is read."""

from collections.abc import Iterator

import structlog
from flask import Response, request
from flask_openapi3 import Tag

from reporting_service.account_access import known_account
from reporting_service.context import context
from reporting_service.exports import movements
from reporting_service.exports.concurrency_limit import ExportStream
from reporting_service.exports.movements import Export
from reporting_service.exports.payloads import ExportFormat, ExportQuery
from reporting_service.exports.writers import FORMATS, Format
from reporting_service.refusals import EXPORT_TOO_LONG
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.files.csv_cells import BYTE_ORDER_MARK
from shared.http.application import SECURED
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import PRIVATE, access, current_identity
from shared.refusals import NOT_FOUND, STORAGE_FULL, Refused
from shared.storage.database import Database
from shared.time.business_days import business_day

logger = structlog.get_logger(__name__)

blueprint = ServiceBlueprint(
    "exports",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Exports", description="Movements as files of any length.")],
)


@blueprint.get("/export", summary="Export transactions, oldest first")
@access(PRIVATE)
@refuses(NOT_FOUND, EXPORT_TOO_LONG, STORAGE_FULL)
@answers_files(*(one.content_type for one in FORMATS.values()))
def export_transactions(query: ExportQuery) -> Response:
    viewer, found, wanted = current_identity(), context(), FORMATS[query.format]
    one = None if query.account_id is None else known_account(query.account_id)
    with found.database.read() as connection:
        rows = movements.own_accounts(connection, viewer.user_id) if one is None else [one]
        export = movements.begin(connection, rows, query.date_range, viewer.user_id)
        if wanted.most is not None and movements.count(connection, export) > wanted.most:
            raise Refused(EXPORT_TOO_LONG, details={"most": wanted.most})
    name = f"movements{'' if one is None else f'-{one.account_number[-4:]}'}{_days(export)}.{wanted.extension}"
    mark = BYTE_ORDER_MARK if query.bom and query.format is ExportFormat.CSV else b""
    if request.method == "HEAD":
        return file_reply(iter(()), wanted.content_type, name)
    found.exports.begin(viewer.user_id)
    try:
        pieces = _begun(found.database, export, wanted, mark)
    except BaseException:
        found.exports.end(viewer.user_id)
        raise
    return file_reply(ExportStream(pieces, found.exports, viewer.user_id), wanted.content_type, name)


def _begun(database: Database, export: Export, wanted: Format, mark: bytes) -> Iterator[bytes]:
    """The file, of which the first piece is made already: what refuses it does so before anything is answered."""
    pieces = wanted.write(export, movements.read(database, export))
    first = next(pieces, b"")

    def go_on() -> Iterator[bytes]:
        yield mark + first
        yield from pieces

    return go_on()


def _days(export: Export) -> str:
    """The days that it is of, as a part of its name."""
    since, until = export.span.since, export.span.until
    first = "" if since is None else f"-from-{business_day(since).isoformat()}"
    return first + ("" if until is None else f"-to-{business_day(until - 1).isoformat()}")
