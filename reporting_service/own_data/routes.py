"""The HTTP of one's own data: parse, ask what there is, then write while it is read."""

from collections.abc import Iterator

from flask import Response
from flask_openapi3 import Tag

from reporting_service.context import context
from reporting_service.exports.concurrency_limit import ExportStream
from reporting_service.own_data import export
from reporting_service.own_data.payloads import OwnDataRequest
from shared.audit import acting_now
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import Role
from shared.http.application import SECURED
from shared.http.field_problems import invalid
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import ADMIN, PRIVATE, access, current_identity
from shared.refusals import NOT_FOUND
from shared.time import clock
from shared.time.business_days import business_day

FILE = "application/octet-stream"
"""A ZIP: generators of clients know no type of its own for it."""

blueprint = ServiceBlueprint(
    "own_data",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Own data", description="Everything that the bank keeps of a person.")],
)


@blueprint.post("/own-data", summary="Export my data")
@access(PRIVATE)
@refuses(NOT_FOUND)
@answers_files(FILE)
def export_own_data(body: OwnDataRequest) -> Response:
    viewer, found = current_identity(), context()
    user_id = body.user_id or viewer.user_id
    is_own = user_id == viewer.user_id
    if not is_own and viewer.role != Role.ADMIN:
        raise ADMIN.refused(viewer)
    if not is_own and body.reason is None:
        raise invalid("reason", "must be given for somebody else's data", code="missing")
    person = found.clients.person(user_id)
    found.own_data.begin(user_id)
    try:
        asker = "themself" if is_own else "an administrator"
        data = export.begin(found, person, asker, found.settled_until())
        export.write_down(found, user_id, acting_now(), body.reason)
        pieces = _begun(export.write(found, data))
    except BaseException:
        found.own_data.end(user_id)
        raise
    name = f"own-data-{user_id}-{business_day(clock.now_us()).isoformat()}.zip"
    return file_reply(ExportStream(pieces, found.own_data, user_id), FILE, name)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The archive, of which the first piece is made already."""
    first = next(pieces, b"")

    def go_on() -> Iterator[bytes]:
        yield first
        yield from pieces

    return go_on()
