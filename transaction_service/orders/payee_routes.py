"""Payees over HTTP: parse, call, render."""

from functools import partial

from flask_openapi3 import Tag

from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.pagination import ListQuery, cut_page, requested_page
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, access, current_identity
from shared.refusals import RATE_LIMITED
from shared.service_refusals import USER_ERASED
from transaction_service.context import context
from transaction_service.orders import payees
from transaction_service.orders.arrangement import Arrangement
from transaction_service.orders.enums import NameMatch
from transaction_service.orders.payloads import (
    NameCheckRequest,
    PayeeChangeRequest,
    PayeeNameCheck,
    PayeePath,
    PayeeRequest,
    SavedPayee,
)
from transaction_service.orders.refusals import PAYEE_EXISTS, PAYEE_LIMIT_REACHED
from transaction_service.orders.requests import arranged
from transaction_service.orders.serializers import payee_object
from transaction_service.refusals import CLOCK_JUMPED
from transaction_service.requests import current_actor

blueprint = ServiceBlueprint(
    "payees",
    __name__,
    url_prefix="/api/payees",
    abp_security=SECURED,
    abp_tags=[Tag(name="Payees", description="Whom a person pays, and whether an account is really theirs.")],
)


@blueprint.post("", responses={"201": reply_of(SavedPayee)}, summary="Create payee")
@access(PRIVATE)
@refuses(PAYEE_EXISTS, PAYEE_LIMIT_REACHED, CLOCK_JUMPED, USER_ERASED)
def create_payee(body: PayeeRequest) -> ViewReply:
    user_id = current_identity().user_id

    def add(arrangement: Arrangement) -> payees.Payee:
        facts = (body.name, body.account_number, body.reference, arrangement.bank_time)
        return payees.add(
            arrangement.connection, payees.Payee(new_id(), user_id, *facts), most=context().payees_per_person
        )

    return success(payee_object(arranged(add))), 201


@blueprint.get("", responses={"200": list_of(SavedPayee)}, summary="List my payees, newest first")
@access(PRIVATE)
def list_payees(query: ListQuery) -> ViewReply:
    user_id = current_identity().user_id
    with context().database.read() as connection:
        page = requested_page(query, partial(payees.place_of, connection, user_id))
        rows = payees.page_of(connection, user_id, page)
    shown, cursor = cut_page(rows, page, payees.key_of)
    return success_list([payee_object(payee) for payee in shown], cursor)


@blueprint.get("/<payee_id>", responses={"200": reply_of(SavedPayee)}, summary="Get payee")
@access(PRIVATE)
def get_payee(path: PayeePath) -> ViewReply:
    with context().database.read() as connection:
        return success(payee_object(payees.one(connection, current_identity().user_id, path.payee_id)))


@blueprint.put("/<payee_id>", responses={"200": reply_of(SavedPayee)}, summary="Update payee")
@access(PRIVATE)
@refuses(PAYEE_EXISTS, CLOCK_JUMPED, USER_ERASED)
def change_payee(path: PayeePath, body: PayeeChangeRequest) -> ViewReply:
    user_id, changes = current_identity().user_id, body.model_dump(exclude_none=True)
    changed = arranged(lambda commit: payees.change(commit.connection, user_id, path.payee_id, changes))
    return success(payee_object(changed))


@blueprint.delete("/<payee_id>", responses={"200": reply_of(SavedPayee)}, summary="Delete payee")
@access(PRIVATE)
@refuses(CLOCK_JUMPED, USER_ERASED)
def delete_payee(path: PayeePath) -> ViewReply:
    user_id = current_identity().user_id
    return success(payee_object(arranged(lambda commit: payees.remove(commit.connection, user_id, path.payee_id))))


@blueprint.post("/check", responses={"200": reply_of(PayeeNameCheck)}, summary="Check payee name")
@access(PRIVATE)
@refuses(RATE_LIMITED)
def check_payee(body: NameCheckRequest) -> ViewReply:
    actor, guesses = current_actor(), context().recipients
    guesses.check_guess(actor)
    with context().database.read() as connection:
        found = payees.check_name(connection, body.name, body.account_number)
    guesses.check_guess(actor, is_right=found.result is NameMatch.MATCH)
    return success(found._asdict())
