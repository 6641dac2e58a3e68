"""The account service's HTTP for other services: its events feed, all its accounts, and emptying a sandbox."""

from account_service import proof_queries, repository
from account_service.cards import repository as cards
from account_service.context import context
from account_service.events import BankReset
from account_service.products.changes import offer_defaults
from shared.contract.blueprint import ServiceBlueprint
from shared.events.feeds import READ_SCOPE, FeedQuery
from shared.http.application import ViewReply
from shared.http.pagination import IdRangeQuery
from shared.http.payloads import success
from shared.identity.access import access, service_only
from shared.refusals import Refused
from shared.service_refusals import NOT_A_SANDBOX

blueprint = ServiceBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/events")
@access(service_only(READ_SCOPE))
def list_events(query: FeedQuery) -> ViewReply:
    with context().database.read_session() as session:
        return repository.events_page(session, query)


@blueprint.get("/accounts")
@access(service_only("accounts:read"))
def list_accounts(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as session:
        return success(proof_queries.page(session, after=query.after, until=query.until, limit=query.limit))


@blueprint.get("/cards")
@access(service_only("accounts:read"))
def list_cards(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as session:
        return success(proof_queries.cards(session, after=query.after, until=query.until, limit=query.limit))


@blueprint.post("/reset")
@access(service_only("bank:reset"))
def reset() -> ViewReply:
    if not context().settings.may_reset:
        raise Refused(NOT_A_SANDBOX)
    with context().database.write_session() as session:
        cards.empty(session)
        repository.empty(session)
        offer_defaults(session, context().settings)
        repository.publish(session, [BankReset()])
    return success({"reset": True})
