"""Cards over HTTP: parse, call, render."""

from flask import current_app, make_response
from flask_openapi3 import APIBlueprint, Tag

from account_service.cards import changes, issuing, queries
from account_service.cards.bank_month import this_month
from account_service.cards.changes import CardChange
from account_service.cards.issuing import CardOrder
from account_service.cards.payloads import (
    AllCardsQuery,
    Card,
    CardPath,
    CardsQuery,
    CreateCardRequest,
    PrintedCard,
    ReportRequest,
    RevealRequest,
    UpdateCardRequest,
)
from account_service.cards.repository import CardFilters
from account_service.context import context, current_caller
from account_service.refusals import (
    ACCOUNT_BUSY,
    CARD_ENDED,
    CARD_FROZEN_BY_BANK,
    CARD_LIMIT_REACHED,
    ISSUING_REFUSED,
)
from shared.access import PRIVATE, PRIVATE_OR_SIMULATE, STAFF_OR_SIMULATION, access
from shared.application import SECURED, ViewReply
from shared.client_address import client_address
from shared.idempotency import idempotency_key, takes_idempotency_key
from shared.payloads import list_of, reply_of, success, success_list
from shared.refusals import NOT_FOUND, RATE_LIMITED
from shared.route_refusals import refuses
from shared.service_refusals import ACCOUNT_CLOSED, ACCOUNT_FROZEN, TOO_MANY_ATTEMPTS, WRONG_PASSWORD

blueprint = APIBlueprint(
    "cards",
    __name__,
    url_prefix="/api/cards",
    abp_security=SECURED,
    abp_tags=[Tag(name="Cards", description="Payment cards: issuing, controls, freezing, reporting.")],
)
_ISSUING = (CARD_LIMIT_REACHED, CARD_FROZEN_BY_BANK, ISSUING_REFUSED, ACCOUNT_CLOSED, ACCOUNT_FROZEN, ACCOUNT_BUSY)


@blueprint.post("/create", responses={"201": reply_of(Card)}, summary="Issue a card")
@access(PRIVATE_OR_SIMULATE)
@refuses(*_ISSUING, NOT_FOUND)
@takes_idempotency_key
def create_card(body: CreateCardRequest) -> ViewReply:
    order = CardOrder(body.account_id, body.kind, body.nickname or None, idempotency_key=idempotency_key())
    return issuing.issue_card(context(), current_caller(), order).response()


@blueprint.get("/list", responses={"200": list_of(Card)}, summary="My cards, newest first")
@access(PRIVATE)
def list_cards(query: CardsQuery) -> ViewReply:
    filters = CardFilters(this_month(context()), query.account_id, status=query.status)
    return success_list(*queries.own_cards(context(), current_caller(), filters, query))


@blueprint.get("/all", responses={"200": list_of(Card)}, summary="The bank's cards, newest first")
@access(STAFF_OR_SIMULATION)
def list_all_cards(query: AllCardsQuery) -> ViewReply:
    filters = CardFilters(this_month(context()), query.account_id, query.user_id, query.status, query.last4)
    return success_list(*queries.all_cards(context(), current_caller(), filters, query))


@blueprint.get("/details/<card_id>", responses={"200": reply_of(Card)}, summary="One card")
@access(PRIVATE_OR_SIMULATE)
def get_card(path: CardPath) -> ViewReply:
    return success(queries.details(context(), current_caller(), path.card_id))


@blueprint.put("/update/<card_id>", responses={"200": reply_of(Card)}, summary="Set a card's limits and controls")
@access(PRIVATE_OR_SIMULATE)
@refuses(CARD_ENDED)
def update_card(path: CardPath, body: UpdateCardRequest) -> ViewReply:
    wanted = CardChange(
        limits=body.limits.model_dump(exclude_unset=True),
        controls=body.controls.model_dump(exclude_unset=True),
        blocked_categories=body.blocked_categories,
        nickname=body.nickname or None,
        has_nickname="nickname" in body.model_fields_set,
    )
    return success(changes.update(context(), current_caller(), path.card_id, wanted))


@blueprint.post("/<card_id>/freeze", responses={"200": reply_of(Card)}, summary="Let nothing be paid with a card")
@access(PRIVATE_OR_SIMULATE)
@refuses(CARD_ENDED)
def freeze_card(path: CardPath) -> ViewReply:
    return success(changes.freeze(context(), current_caller(), path.card_id))


@blueprint.post("/<card_id>/unfreeze", responses={"200": reply_of(Card)}, summary="Let a card pay again")
@access(PRIVATE_OR_SIMULATE)
@refuses(CARD_ENDED, CARD_FROZEN_BY_BANK)
def unfreeze_card(path: CardPath) -> ViewReply:
    return success(changes.unfreeze(context(), current_caller(), path.card_id))


@blueprint.post("/<card_id>/report", responses={"200": reply_of(Card)}, summary="Report a card lost, stolen or misused")
@access(PRIVATE_OR_SIMULATE)
@refuses(CARD_ENDED, CARD_FROZEN_BY_BANK)
def report_card(path: CardPath, body: ReportRequest) -> ViewReply:
    return success(changes.report(context(), current_caller(), path.card_id, body.reason))


@blueprint.post("/<card_id>/replace", responses={"201": reply_of(Card)}, summary="Issue a new card for an old one")
@access(PRIVATE_OR_SIMULATE)
@refuses(*_ISSUING, CARD_ENDED)
@takes_idempotency_key
def replace_card(path: CardPath) -> ViewReply:
    order = CardOrder(replaces=path.card_id, idempotency_key=idempotency_key())
    return issuing.issue_card(context(), current_caller(), order).response()


@blueprint.post("/<card_id>/cancel", responses={"200": reply_of(Card)}, summary="Give a card up")
@access(PRIVATE_OR_SIMULATE)
@refuses(CARD_ENDED, CARD_FROZEN_BY_BANK)
def cancel_card(path: CardPath) -> ViewReply:
    return success(changes.cancel(context(), current_caller(), path.card_id))


@blueprint.post("/<card_id>/reveal", responses={"200": reply_of(PrintedCard)}, summary="Show a card's number and code")
@access(PRIVATE)
@refuses(CARD_ENDED, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, RATE_LIMITED)
def reveal_card(path: CardPath, body: RevealRequest) -> ViewReply:
    current_app.extensions["count_reveal"]()
    address = client_address(current_app.extensions["token_verifier"])
    shown = queries.reveal(context(), current_caller(), path.card_id, password=body.password, address=address)
    response = make_response(success(shown))
    response.headers["Cache-Control"] = "no-store"
    return response
