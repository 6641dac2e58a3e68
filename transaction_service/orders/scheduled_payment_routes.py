"""Scheduled payments over HTTP: parse, call, render."""

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
from shared.service_refusals import USER_ERASED
from transaction_service.due_work.queue import SCHEDULED_PAYMENT
from transaction_service.orders import payment_orders
from transaction_service.orders.order_requests import acted, changed, executed, listed, placed, shown
from transaction_service.orders.payloads import (
    OrderExecution,
    OrderPath,
    OrdersQuery,
    ScheduledPayment,
    ScheduledPaymentChangeRequest,
    ScheduledPaymentRequest,
)
from transaction_service.orders.refusals import ORDER_ENDED
from transaction_service.orders.schedule import Schedule
from transaction_service.refusals import CLOCK_JUMPED, ORDER_REFUSALS

blueprint = ServiceBlueprint(
    "scheduled_payments",
    __name__,
    url_prefix="/api/scheduled-payments",
    abp_security=SECURED,
    abp_tags=[Tag(name="Scheduled payments", description="Payments on one day to come.")],
)


@blueprint.post("", responses={"201": reply_of(ScheduledPayment)}, summary="Schedule payment")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_PLACED, on=AuditSubject.ORDER)
@refuses(*ORDER_REFUSALS)
@takes_idempotency_key
def schedule_payment(body: ScheduledPaymentRequest) -> Response:
    return placed(SCHEDULED_PAYMENT, body, Schedule(body.execute_on), idempotency_key())


@blueprint.get(
    "",
    responses={"200": list_of(ScheduledPayment)},
    summary="List scheduled payments, newest first",
)
@access(PRIVATE)
def list_scheduled_payments(query: OrdersQuery) -> ViewReply:
    return listed(SCHEDULED_PAYMENT, query)


@blueprint.get("/<order_id>", responses={"200": reply_of(ScheduledPayment)}, summary="Get scheduled payment")
@access(PRIVATE)
def get_scheduled_payment(path: OrderPath) -> ViewReply:
    return shown(SCHEDULED_PAYMENT, path)


@blueprint.put("/<order_id>", responses={"200": reply_of(ScheduledPayment)}, summary="Update scheduled payment")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_CHANGED, on=AuditSubject.ORDER)
@refuses(*ORDER_REFUSALS, ORDER_ENDED)
def change_scheduled_payment(path: OrderPath, body: ScheduledPaymentChangeRequest) -> ViewReply:
    changes: dict[str, Any] = {name: value for name, value in body if value is not None}
    if "execute_on" in changes:
        changes["first_on"] = changes.pop("execute_on")
    return changed(SCHEDULED_PAYMENT, path, changes)


@blueprint.delete("/<order_id>", responses={"200": reply_of(ScheduledPayment)}, summary="Cancel scheduled payment")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ORDER_CANCELLED, on=AuditSubject.ORDER)
@refuses(ORDER_ENDED, OWN_INTEREST, CLOCK_JUMPED, USER_ERASED)
def cancel_scheduled_payment(path: OrderPath) -> ViewReply:
    return acted(
        AuditAction.ORDER_CANCELLED,
        SCHEDULED_PAYMENT,
        path,
        partial(payment_orders.cancel, kind=SCHEDULED_PAYMENT, order_id=path.order_id),
    )


@blueprint.get(
    "/<order_id>/executions",
    responses={"200": list_of(OrderExecution)},
    summary="List scheduled payment executions, newest first",
)
@access(PRIVATE)
def list_scheduled_payment_executions(path: OrderPath, query: ListQuery) -> ViewReply:
    return executed(SCHEDULED_PAYMENT, path, query)
