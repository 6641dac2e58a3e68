"""Standing orders over HTTP: parse, call, render."""

from functools import partial
from typing import Any

from flask import Response
from flask_openapi3 import Tag

from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.idempotency import idempotency_key, takes_idempotency_key
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of
from shared.identity.access import PRIVATE, PRIVATE_OR_SIMULATE, access
from shared.refusals import OWN_INTEREST
from shared.service_refusals import NOTICE_REQUIRED, USER_ERASED
from transaction_service.due_work.queue import STANDING_ORDER
from transaction_service.orders import payment_orders
from transaction_service.orders.order_requests import acted, changed, executed, listed, placed, shown
from transaction_service.orders.payloads import (
    OrderExecution,
    OrderPath,
    OrdersQuery,
    StandingOrder,
    StandingOrderChangeRequest,
    StandingOrderRequest,
)
from transaction_service.orders.refusals import ORDER_ENDED
from transaction_service.orders.schedule import Schedule
from transaction_service.refusals import CLOCK_JUMPED, ORDER_REFUSALS

blueprint = ServiceBlueprint(
    "standing_orders",
    __name__,
    url_prefix="/api/standing-orders",
    abp_security=SECURED,
    abp_tags=[Tag(name="Standing orders", description="Payments that are made again and again.")],
)
_CHANGE_REFUSALS = (ORDER_ENDED, OWN_INTEREST, CLOCK_JUMPED, USER_ERASED)


@blueprint.post("", responses={"201": reply_of(StandingOrder)}, summary="Create standing order")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_PLACED, on=AuditSubject.ORDER)
@refuses(*ORDER_REFUSALS)
@takes_idempotency_key
def place_standing_order(body: StandingOrderRequest) -> Response:
    schedule = Schedule(body.first_on, body.last_on, body.frequency.value, body.execution_rule.value)
    return placed(STANDING_ORDER, body, schedule, idempotency_key())


@blueprint.get("", responses={"200": list_of(StandingOrder)}, summary="List standing orders, newest first")
@access(PRIVATE)
def list_standing_orders(query: OrdersQuery) -> ViewReply:
    return listed(STANDING_ORDER, query)


@blueprint.get("/<order_id>", responses={"200": reply_of(StandingOrder)}, summary="Get standing order")
@access(PRIVATE)
def get_standing_order(path: OrderPath) -> ViewReply:
    return shown(STANDING_ORDER, path)


@blueprint.put("/<order_id>", responses={"200": reply_of(StandingOrder)}, summary="Update standing order")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_CHANGED, on=AuditSubject.ORDER)
@refuses(*ORDER_REFUSALS, ORDER_ENDED)
def change_standing_order(path: OrderPath, body: StandingOrderChangeRequest) -> ViewReply:
    may_be_null = {"last_on"}
    changes: dict[str, Any] = {
        name: value
        for name in body.model_fields_set
        if (value := getattr(body, name)) is not None or name in may_be_null
    }
    return changed(STANDING_ORDER, path, changes)


@blueprint.delete("/<order_id>", responses={"200": reply_of(StandingOrder)}, summary="Cancel standing order")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_CANCELLED, on=AuditSubject.ORDER)
@refuses(*_CHANGE_REFUSALS)
def cancel_standing_order(path: OrderPath) -> ViewReply:
    cancel = partial(payment_orders.cancel, kind=STANDING_ORDER, order_id=path.order_id)
    return acted(AuditAction.ORDER_CANCELLED, STANDING_ORDER, path, cancel)


@blueprint.post("/<order_id>/pause", responses={"200": reply_of(StandingOrder)}, summary="Pause standing order")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_PAUSED, on=AuditSubject.ORDER)
@refuses(*_CHANGE_REFUSALS)
def pause_standing_order(path: OrderPath) -> ViewReply:
    pause = partial(payment_orders.pause, order_id=path.order_id)
    return acted(AuditAction.ORDER_PAUSED, STANDING_ORDER, path, pause)


@blueprint.post("/<order_id>/resume", responses={"200": reply_of(StandingOrder)}, summary="Resume standing order")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_RESUMED, on=AuditSubject.ORDER)
@refuses(*_CHANGE_REFUSALS, NOTICE_REQUIRED)
def resume_standing_order(path: OrderPath) -> ViewReply:
    resume = partial(payment_orders.resume, order_id=path.order_id)
    return acted(AuditAction.ORDER_RESUMED, STANDING_ORDER, path, resume)


@blueprint.get(
    "/<order_id>/executions",
    responses={"200": list_of(OrderExecution)},
    summary="List standing order executions, newest first",
)
@access(PRIVATE)
def list_standing_order_executions(path: OrderPath, query: ListQuery) -> ViewReply:
    return executed(STANDING_ORDER, path, query)
