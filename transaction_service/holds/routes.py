"""Holds over HTTP: parse, call, render."""

from functools import partial

from flask_openapi3 import Tag
from sqlalchemy import Connection

from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.idempotency import takes_idempotency_key
from shared.http.payloads import list_of, reply_of, success
from shared.identifiers import is_id
from shared.identity.access import PRIVATE, STAFF_OR_SIMULATION, access
from shared.refusals import NOT_FOUND, Refused
from shared.time import clock
from transaction_service.context import context
from transaction_service.holds import queries
from transaction_service.holds.hold import DEFAULT_SPAN_US, HoldAction, HoldRequest
from transaction_service.holds.hold import Hold as KeptHold
from transaction_service.holds.payloads import CaptureRequest, Hold, HoldPath, HoldRequestBody, HoldsQuery, VoidRequest
from transaction_service.holds.serializers import hold_object
from transaction_service.ledger.movement_rules import CARD_PURCHASE
from transaction_service.ledger.orders import Order
from transaction_service.lists import listed
from transaction_service.payloads import Transaction
from transaction_service.refusals import CAPTURE_REFUSALS, HOLD_REFUSALS, VOID_REFUSALS
from transaction_service.requests import OrderContext, posts_order, whose

blueprint = ServiceBlueprint(
    "holds",
    __name__,
    url_prefix="/api/transactions/holds",
    abp_security=SECURED,
    abp_tags=[Tag(name="Holds", description="Money that is promised and not yet moved.")],
)


@blueprint.post("", responses={"201": reply_of(Hold)}, summary="Place hold")
@access(STAFF_OR_SIMULATION)
@audited(AuditAction.HOLD_PLACED, on=AuditSubject.HOLD)
@refuses(*HOLD_REFUSALS)
@takes_idempotency_key
@posts_order
def place_hold(asked: OrderContext, body: HoldRequestBody) -> Order:
    span = body.expires_in
    span_us = DEFAULT_SPAN_US if span is None else span.total_hours * 3600 * clock.MICROSECONDS
    order = _order(asked, HoldRequest(HoldAction.PLACE, span_us=span_us), body.amount, body.description)
    return order._replace(account_id=body.account_id, currency=body.currency)


@blueprint.post("/<hold_id>/capture", responses={"201": reply_of(Transaction)}, summary="Capture hold")
@access(STAFF_OR_SIMULATION)
@audited(AuditAction.HOLD_CAPTURED, on=AuditSubject.HOLD)
@refuses(*CAPTURE_REFUSALS)
@takes_idempotency_key
@posts_order
def capture_hold(asked: OrderContext, path: HoldPath, body: CaptureRequest) -> Order:
    request = HoldRequest(HoldAction.CAPTURE, _id_of(path), is_final=body.final, may_exceed=body.over_capture)
    return _order(asked, request, body.amount, body.description)._replace(to_account_id=body.to_account_id)


@blueprint.post("/<hold_id>/void", responses={"200": reply_of(Hold)}, summary="Void hold")
@access(STAFF_OR_SIMULATION)
@audited(AuditAction.HOLD_VOIDED, on=AuditSubject.HOLD)
@refuses(*VOID_REFUSALS)
@takes_idempotency_key
@posts_order
def void_hold(asked: OrderContext, path: HoldPath, body: VoidRequest) -> Order:
    return _order(asked, HoldRequest(HoldAction.VOID, _id_of(path)), body.amount)


@blueprint.get("", responses={"200": list_of(Hold)}, summary="List holds, newest first")
@access(PRIVATE)
def list_holds(query: HoldsQuery) -> ViewReply:
    owner_id, account_id = whose(query.user_id), query.account_id

    def one(connection: Connection, hold_id: str) -> KeptHold | None:
        hold = queries.one(connection, hold_id, owner_id=owner_id)
        return hold if hold is not None and account_id in (None, hold.account_id) else None

    page_of = partial(queries.page_of, owner_id=owner_id, account_id=account_id, status=query.status)
    return listed(query, page_of, one, hold_object)


@blueprint.get("/<hold_id>", responses={"200": reply_of(Hold)}, summary="Get hold")
@access(PRIVATE)
def get_hold(path: HoldPath) -> ViewReply:
    with context().database.read() as connection:
        hold = queries.one(connection, path.hold_id, owner_id=whose())
    if hold is None:
        raise Refused(NOT_FOUND)
    return success(hold_object(hold))


def _order(asked: OrderContext, request: HoldRequest, amount: str | None, description: str = "") -> Order:
    return Order(
        actor=asked.actor,
        type=CARD_PURCHASE,
        amount=amount,
        request_id=asked.request_id,
        description=description,
        idempotency_key=asked.key,
        hold=request,
    )


def _id_of(path: HoldPath) -> str:
    if not is_id(path.hold_id):
        raise Refused(NOT_FOUND)
    return path.hold_id
