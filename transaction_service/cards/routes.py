"""The card network over HTTP, for those who stand for shops and terminals: parse, call, render."""

from functools import partial

from flask_openapi3 import Tag
from sqlalchemy import Connection

from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.idempotency import takes_idempotency_key
from shared.http.pagination import Key, cut_page, requested_page
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identifiers import is_id
from shared.identity.access import ACQUIRERS, PRIVATE, STAFF, access, current_identity
from shared.refusals import NOT_FOUND, Refused
from transaction_service import refusals
from transaction_service.cards import authorization_rows, queries
from transaction_service.cards.card import CardAction, CardRequest
from transaction_service.cards.payloads import (
    Authorization,
    AuthorizationCaptureRequest,
    AuthorizationPath,
    AuthorizationRequest,
    AuthorizationReversalRequest,
    AuthorizationsQuery,
    ClearingRequest,
    Dispute,
    DisputePath,
    DisputeRequest,
    DisputeResolution,
    DisputesQuery,
    IncrementRequest,
    RefundRequest,
)
from transaction_service.cards.requests import (
    authorization_request,
    card_order,
    merchant_of,
    presented,
)
from transaction_service.cards.serializers import authorization_object, dispute_object
from transaction_service.context import context
from transaction_service.ledger.movement_rules import CARD_PURCHASE, CARD_REFUND, CHARGEBACK, REVERSAL
from transaction_service.ledger.orders import Order
from transaction_service.lists import key_of, listed
from transaction_service.payloads import Transaction
from transaction_service.requests import OrderContext, posts_order, whose

blueprint = ServiceBlueprint(
    "card_network",
    __name__,
    url_prefix="/api/card-network",
    abp_security=SECURED,
    abp_tags=[Tag(name="Card network", description="What shops and terminals ask of cards.")],
)


@blueprint.post("/authorizations", responses={"201": reply_of(Authorization)}, summary="Authorize card payment")
@access(ACQUIRERS)
@audited(AuditAction.CARD_PAYMENT_AUTHORIZED, on=AuditSubject.AUTHORIZATION)
@refuses(*refusals.AUTHORIZE_REFUSALS)
@takes_idempotency_key
@posts_order
def authorize(asked: OrderContext, body: AuthorizationRequest) -> Order:
    return card_order(
        asked, CARD_PURCHASE, authorization_request(asked.ledger, body), body.amount, currency=body.currency
    )


@blueprint.post(
    "/authorizations/<authorization_id>/increment",
    responses={"200": reply_of(Authorization)},
    summary="Increment authorization",
)
@access(ACQUIRERS)
@audited(AuditAction.CARD_PAYMENT_INCREMENTED, on=AuditSubject.AUTHORIZATION)
@refuses(*refusals.AUTHORIZATION_REFUSALS)
@takes_idempotency_key
@posts_order
def increment_authorization(asked: OrderContext, path: AuthorizationPath, body: IncrementRequest) -> Order:
    return card_order(asked, CARD_PURCHASE, _named(CardAction.INCREMENT, path), body.amount)


@blueprint.post(
    "/authorizations/<authorization_id>/capture",
    responses={"201": reply_of(Transaction)},
    summary="Capture authorization",
    description="Whatever the card may do by now; from a frozen account, or to one, not before it is open again.",
)
@access(ACQUIRERS)
@audited(AuditAction.CARD_PAYMENT_CAPTURED, on=AuditSubject.AUTHORIZATION)
@refuses(*refusals.CARD_CAPTURE_REFUSALS)
@takes_idempotency_key
@posts_order
def capture_authorization(asked: OrderContext, path: AuthorizationPath, body: AuthorizationCaptureRequest) -> Order:
    request = _named(CardAction.CAPTURE, path)._replace(is_final=body.final)
    return card_order(asked, CARD_PURCHASE, request, body.amount, body.description)


@blueprint.post(
    "/authorizations/<authorization_id>/reverse",
    responses={"200": reply_of(Authorization)},
    summary="Reverse authorization",
)
@access(ACQUIRERS)
@audited(AuditAction.CARD_PAYMENT_REVERSED, on=AuditSubject.AUTHORIZATION)
@refuses(*refusals.REVERSE_REFUSALS)
@takes_idempotency_key
@posts_order
def reverse_authorization(asked: OrderContext, path: AuthorizationPath, body: AuthorizationReversalRequest) -> Order:
    return card_order(asked, CARD_PURCHASE, _named(CardAction.REVERSE, path), body.amount)


@blueprint.post(
    "/clearings",
    responses={"201": reply_of(Transaction)},
    summary="Clear card payment without authorization",
    description="Whatever the card may do; from a frozen account, or to one, not before it is open again.",
)
@access(ACQUIRERS)
@audited(AuditAction.CARD_PAYMENT_CLEARED, on=AuditSubject.TRANSACTION)
@refuses(*refusals.CLEARING_REFUSALS)
@takes_idempotency_key
@posts_order
def clear_payment(asked: OrderContext, body: ClearingRequest) -> Order:
    card_id, _ = presented(asked.ledger, body)
    request = CardRequest(
        CardAction.CLEAR, card_id=card_id, merchant=merchant_of(body.merchant), channel=body.channel.value
    )
    return card_order(asked, CARD_PURCHASE, request, body.amount, body.description, currency=body.currency)


@blueprint.post(
    "/refunds",
    responses={"201": reply_of(Transaction)},
    summary="Refund card payment",
    description="From a frozen account, or to one, not before it is open again.",
)
@access(ACQUIRERS)
@audited(AuditAction.CARD_PAYMENT_REFUNDED, on=AuditSubject.TRANSACTION)
@refuses(*refusals.REFUND_REFUSALS)
@takes_idempotency_key
@posts_order
def refund_payment(asked: OrderContext, body: RefundRequest) -> Order:
    card_id = None if body.original_id else presented(asked.ledger, body)[0]
    merchant = None if body.merchant is None else merchant_of(body.merchant)
    request = CardRequest(CardAction.REFUND, card_id=card_id, merchant=merchant)
    order = card_order(asked, CARD_REFUND, request, body.amount, body.description, currency=body.currency)
    return order._replace(reverses=body.original_id)


@blueprint.post("/disputes", responses={"201": reply_of(Dispute)}, summary="Dispute card payment")
@access(PRIVATE)
@audited(AuditAction.DISPUTE_OPENED, on=AuditSubject.DISPUTE)
@refuses(*refusals.DISPUTE_REFUSALS, NOT_FOUND)
@takes_idempotency_key
@posts_order
def open_dispute(asked: OrderContext, body: DisputeRequest) -> Order:
    order = card_order(asked, CHARGEBACK, CardRequest(CardAction.DISPUTE), None, body.reason)
    return order._replace(reverses=body.transaction_id)


@blueprint.post("/disputes/<dispute_id>/resolve", responses={"200": reply_of(Dispute)}, summary="Resolve dispute")
@access(STAFF)
@audited(AuditAction.DISPUTE_RESOLVED, on=AuditSubject.DISPUTE)
@refuses(*refusals.RESOLVE_REFUSALS)
@takes_idempotency_key
@posts_order
def resolve_dispute(asked: OrderContext, path: DisputePath, body: DisputeResolution) -> Order:
    with asked.ledger.database.read() as connection:
        dispute = queries.one_dispute(connection, path.dispute_id, owner_id=None)
    if dispute is None:
        raise Refused(NOT_FOUND)
    request = CardRequest(CardAction.RESOLVE, dispute_id=dispute.id, wins=body.won)
    return card_order(asked, REVERSAL, request, None, dispute.reason)._replace(reverses=dispute.credit_id)


@blueprint.get(
    "/authorizations", responses={"200": list_of(Authorization)}, summary="List authorizations, newest first"
)
@access(PRIVATE)
def list_authorizations(query: AuthorizationsQuery) -> ViewReply:
    owner_id = whose(query.user_id)
    with context().database.read() as connection:

        def place_of(authorization_id: str) -> Key | None:
            found = queries.one_authorization(connection, authorization_id, owner_id=owner_id)
            is_listed = found is not None and (
                query.account_id in (None, found.account_id) and query.card_id in (None, found.card_id)
            )
            return key_of(found) if found is not None and is_listed else None

        page = requested_page(query, place_of)
        rows = queries.authorizations_page(
            connection,
            page,
            owner_id=owner_id,
            account_id=query.account_id,
            card_id=query.card_id,
            status=query.status,
        )
        shown, cursor = cut_page(rows, page, key_of)
        stories = queries.stories(connection, shown)
    return success_list([authorization_object(each, stories[each.id]) for each in shown], cursor)


@blueprint.get(
    "/authorizations/<authorization_id>", responses={"200": reply_of(Authorization)}, summary="Get authorization"
)
@access(PRIVATE)
def get_authorization(path: AuthorizationPath) -> ViewReply:
    with context().database.read() as connection:
        found = queries.one_authorization(connection, path.authorization_id, owner_id=whose())
        if found is None:
            raise Refused(NOT_FOUND)
        return success(authorization_object(found, queries.stories(connection, [found])[found.id]))


@blueprint.get("/disputes", responses={"200": list_of(Dispute)}, summary="List disputes, newest first")
@access(PRIVATE)
def list_disputes(query: DisputesQuery) -> ViewReply:
    owner_id, account_id = whose(query.user_id), query.account_id

    def one(connection: Connection, dispute_id: str) -> authorization_rows.Dispute | None:
        found = queries.one_dispute(connection, dispute_id, owner_id=owner_id)
        return found if found is not None and account_id in (None, found.account_id) else None

    page_of = partial(
        queries.disputes_page,
        owner_id=owner_id,
        account_id=account_id,
        entry_id=query.transaction_id,
        status=query.status,
    )
    return listed(query, page_of, one, partial(dispute_object, for_staff=current_identity().is_staff))


@blueprint.get("/disputes/<dispute_id>", responses={"200": reply_of(Dispute)}, summary="Get dispute")
@access(PRIVATE)
def get_dispute(path: DisputePath) -> ViewReply:
    with context().database.read() as connection:
        found = queries.one_dispute(connection, path.dispute_id, owner_id=whose())
    if found is None:
        raise Refused(NOT_FOUND)
    return success(dispute_object(found, for_staff=current_identity().is_staff))


def _named(action: CardAction, path: AuthorizationPath) -> CardRequest:
    if not is_id(path.authorization_id):
        raise Refused(NOT_FOUND)
    return CardRequest(action, authorization_id=path.authorization_id)
