"""The simulator's HTTP for other services: who lives in its worlds, and whether its rows are as written."""

from shared.contract.blueprint import ServiceBlueprint
from shared.http.application import ViewReply
from shared.http.pagination import IdRangeQuery
from shared.http.payloads import success
from shared.identity.access import access, service_only
from shared.storage import seal_proof
from simulator_service import repository
from simulator_service.context import context
from simulator_service.models import metadata

READ_SCOPE = "worlds:read"

blueprint = ServiceBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/residents")
@access(service_only(READ_SCOPE))
def list_residents(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as session:
        return success(repository.residents_by_user(session, after=query.after, until=query.until, limit=query.limit))


@blueprint.get("/rows/proof")
@access(service_only(READ_SCOPE))
def prove_rows() -> ViewReply:
    return success(seal_proof.proof(context().database.read, metadata))
