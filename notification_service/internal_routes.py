"""The inbox's HTTP for other services: what it keeps, for the proof, and emptying it in a development bank."""

from flask_openapi3 import APIBlueprint

from notification_service import repository, whole_listing
from notification_service.models import metadata
from notification_service.refusals import NOT_A_SANDBOX
from notification_service.routes import inbox
from shared import row_seals
from shared.access import access, service_only
from shared.application import ViewReply
from shared.feeds import feed_page
from shared.pagination import IdRangeQuery
from shared.payloads import success
from shared.refusals import Refused

READ_SCOPE = "inbox:read"

blueprint = APIBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/movements")
@access(service_only(READ_SCOPE))
def list_movements(query: IdRangeQuery) -> ViewReply:
    with inbox().database.read() as connection:
        rows = whole_listing.movements(connection, after=query.after, until=query.until, limit=query.limit)
        return feed_page(rows, repository.progress(connection, "journal").position)


@blueprint.get("/accounts")
@access(service_only(READ_SCOPE))
def list_accounts(query: IdRangeQuery) -> ViewReply:
    with inbox().database.read() as connection:
        return success(
            whole_listing.named_accounts(connection, after=query.after, until=query.until, limit=query.limit)
        )


@blueprint.get("/rows/proof")
@access(service_only(READ_SCOPE))
def prove_rows() -> ViewReply:
    with inbox().database.read() as connection:
        return success(row_seals.proof(connection, metadata))


@blueprint.post("/reset")
@access(service_only("bank:reset"))
def reset() -> ViewReply:
    if inbox().is_production:
        raise Refused(NOT_A_SANDBOX)
    with inbox().database.write() as connection:
        repository.empty(connection)
    return success({"reset": True})
