"""The account service's HTTP for other services: its events feed, all its accounts, and emptying a sandbox."""

import json

from flask_openapi3 import APIBlueprint

from account_service import proof_queries, repository
from account_service.context import context
from account_service.repository import Event
from shared import clock
from shared.access import access, service_only
from shared.application import ViewReply
from shared.feeds import READ_SCOPE, FeedQuery, feed_page
from shared.pagination import IdRangeQuery
from shared.payloads import success
from shared.refusals import Refused
from shared.service_refusals import NOT_A_SANDBOX

blueprint = APIBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/events")
@access(service_only(READ_SCOPE))
def events(query: FeedQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows, head = repository.events_after(session, query.after, query.limit)
    told = [
        {
            "position": row.position,
            "id": row.id,
            "type": row.type,
            "occurred_at": clock.to_wire(row.occurred_at),
            "data": json.loads(row.data),
        }
        for row in rows
    ]
    return feed_page(told, head)


@blueprint.get("/accounts")
@access(service_only("accounts:read"))
def list_accounts(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as session:
        return success(proof_queries.page(session, after=query.after, until=query.until, limit=query.limit))


@blueprint.post("/reset")
@access(service_only("bank:reset"))
def reset() -> ViewReply:
    if not context().settings.may_reset:
        raise Refused(NOT_A_SANDBOX)
    with context().database.write_session() as session:
        repository.empty(session)
        repository.record(session, [Event("bank_reset", {})])
    return success({"reset": True})
