"""The inbox's HTTP for other services: what it keeps, for the proof, and emptying it in a development bank."""

from notification_service.context import context
from notification_service.delivery import outbox
from notification_service.email import repository as mails
from notification_service.inbox import proof_queries, repository
from notification_service.inbox.consumers import JOURNAL
from notification_service.models import metadata
from notification_service.preferences import repository as preferences
from notification_service.webhooks import repository as webhooks
from shared.contract.blueprint import ServiceBlueprint
from shared.events.feeds import feed_page
from shared.http.application import ViewReply
from shared.http.pagination import IdRangeQuery
from shared.http.payloads import success
from shared.identity.access import access, service_only
from shared.refusals import Refused
from shared.service_refusals import NOT_A_SANDBOX
from shared.storage import seal_proof

READ_SCOPE = "inbox:read"

blueprint = ServiceBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/movements")
@access(service_only(READ_SCOPE))
def list_movements(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows = proof_queries.movements(session, after=query.after, until=query.until, limit=query.limit)
        return feed_page(rows, context().consumers[JOURNAL].reader.read(session.connection()).position)


@blueprint.get("/accounts")
@access(service_only(READ_SCOPE))
def list_accounts(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as session:
        return success(proof_queries.named_accounts(session, after=query.after, until=query.until, limit=query.limit))


@blueprint.get("/rows/proof")
@access(service_only(READ_SCOPE))
def prove_rows() -> ViewReply:
    return success(seal_proof.proof(context().database.read, metadata))


@blueprint.post("/reset")
@access(service_only("bank:reset"))
def reset() -> ViewReply:
    if context().is_production:
        raise Refused(NOT_A_SANDBOX)
    context().consumers[JOURNAL].reader.begin_anew()
    with context().database.write_session() as session:
        repository.empty(session)
        webhooks.empty(session)
        mails.empty(session)
        preferences.empty(session)
        outbox.empty(session)
    return success({"reset": True})
