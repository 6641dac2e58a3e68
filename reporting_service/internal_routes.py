"""The reporting service's HTTP for other services: what it tells."""

from reporting_service.context import context
from reporting_service.models import events, feed_heads
from shared.contract.blueprint import ServiceBlueprint
from shared.events.event_feed import events_page
from shared.events.feeds import READ_SCOPE, FeedQuery
from shared.http.application import ViewReply
from shared.identity.access import access, service_only

blueprint = ServiceBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/events")
@access(service_only(READ_SCOPE))
def list_events(query: FeedQuery) -> ViewReply:
    with context().database.read() as connection:
        return events_page(connection, feed_heads, events, query)
