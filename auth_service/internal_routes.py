"""What the bank's other services ask of auth."""

from auth_service import event_feed, serializers
from auth_service.context import Client, context
from auth_service.login.attempts import prove_password
from auth_service.login.throttling import network_of
from auth_service.payloads import RevocationsQuery
from auth_service.users import administration
from auth_service.users import repository as user_repository
from auth_service.users.payloads import LookupRequest, PasswordCheckRequest, UserPath
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.events.feeds import READ_SCOPE, FeedQuery
from shared.http.application import ViewReply
from shared.http.pagination import IdRangeQuery
from shared.http.payloads import success, success_list
from shared.identity.access import access, service_only
from shared.identity.client_address import NOWHERE, address_in
from shared.service_refusals import TOO_MANY_ATTEMPTS, WRONG_PASSWORD

blueprint = ServiceBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.get("/revocations")
@access(service_only("revocations:read"))
def revocations(query: RevocationsQuery) -> ViewReply:
    return success(context().keys.revocations(query.after))


@blueprint.get("/events")
@access(service_only(READ_SCOPE))
def list_events(query: FeedQuery) -> ViewReply:
    with context().database.read_session() as db_session:
        return event_feed.page(db_session, query)


@blueprint.get("/users/<user_id>")
@access(service_only("users:read"))
def get_user(path: UserPath) -> ViewReply:
    return success(serializers.user_facts(administration.find_user(context(), path.user_id)))


@blueprint.get("/users")
@access(service_only("users:read"))
def list_users(query: IdRangeQuery) -> ViewReply:
    with context().database.read_session() as db_session:
        users = user_repository.users_by_id(db_session, after=query.after, until=query.until, limit=query.limit)
    return success_list([serializers.user_facts(user) for user in users])


@blueprint.post("/users/lookup")
@access(service_only("users:read"))
def lookup_users(body: LookupRequest) -> ViewReply:
    with context().database.read_session() as db_session:
        users = user_repository.find_users(db_session, body.ids)
    return success_list([serializers.user_facts(user) for user in users])


@blueprint.post("/users/<user_id>/password")
@access(service_only("passwords:check"))
@refuses(WRONG_PASSWORD, TOO_MANY_ATTEMPTS)
def check_password(path: UserPath, body: PasswordCheckRequest) -> ViewReply:
    address = address_in(body.address) or NOWHERE
    client = Client(address, network_of(address), user_agent="")
    prove_password(context(), administration.find_user(context(), path.user_id), body.password, client)
    return success({"is_right": True})


@blueprint.post("/reset")
@access(service_only("bank:reset"))
def reset() -> ViewReply:
    return success({"customers": administration.empty_the_bank(context())})
