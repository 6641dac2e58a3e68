"""The public HTTP of webhooks: parse, call, render."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask_openapi3 import Tag

from notification_service.context import context
from notification_service.models import Delivery, DeliveryAttempt, WebhookEndpoint
from notification_service.refusals import TOO_MANY_WEBHOOKS
from notification_service.webhooks import endpoints, repository
from notification_service.webhooks.chaos import Chaos
from notification_service.webhooks.event_types import SENTENCES, schema_of
from notification_service.webhooks.payloads import (
    ChaosRequest,
    DeliveriesQuery,
    DeliveryPath,
    EventType,
    NewSecret,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookDeleted,
    WebhookDelivery,
    WebhookMessage,
    WebhookPath,
    WebhookRequest,
)
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import DeliveryStatus
from shared.http.application import SECURED, ViewReply
from shared.http.json_parsing import parse
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import PRIVATE_OR_WEBHOOKS, access, current_identity, current_token
from shared.refusals import NOT_FOUND, VALIDATION, Refused
from shared.service_refusals import ONLY_IN_DEVELOPMENT, USER_ERASED
from shared.time import clock

blueprint = ServiceBlueprint(
    "webhooks",
    __name__,
    url_prefix="/api/webhooks",
    abp_security=SECURED,
    abp_tags=[
        Tag(name="Webhooks", description="Messages of what happens, to programs: signed, in order, until heard.")
    ],
)


@blueprint.post("", responses={"201": reply_of(NewWebhook)}, summary="Create webhook; its secret is shown only once")
@access(PRIVATE_OR_WEBHOOKS)
@audited(AuditAction.WEBHOOK_CREATED, on=AuditSubject.WEBHOOK)
@refuses(TOO_MANY_WEBHOOKS, USER_ERASED)
def create_webhook(body: WebhookRequest) -> ViewReply:
    made = endpoints.make(context(), current_identity(), body, current_token())
    return success({**_webhook(made.endpoint), "secret": made.secret}), 201


@blueprint.get("", responses={"200": list_of(Webhook)}, summary="List my webhooks, newest first")
@access(PRIVATE_OR_WEBHOOKS)
def list_webhooks(query: ListQuery) -> ViewReply:
    with context().database.read_session() as session:
        rows, cursor = repository.endpoints_of(session, current_identity().user_id, query)
    return success_list([_webhook(row) for row in rows], cursor)


@blueprint.get("/events", responses={"200": list_of(WebhookMessage)}, summary="List events, newest first")
@access(PRIVATE_OR_WEBHOOKS)
def list_webhook_events(query: ListQuery) -> ViewReply:
    identity = current_identity()
    about = None if endpoints.may_hear_of_all(identity) else identity.user_id
    with context().database.read_session() as session:
        bodies, cursor = repository.event_page(session, about, query)
    return success_list([parse(body.encode()) for body in bodies], cursor)


@blueprint.get("/event-types", responses={"200": list_of(EventType)}, summary="List event types")
@access(PRIVATE_OR_WEBHOOKS)
def list_webhook_event_types() -> ViewReply:
    return success_list(
        [{"type": name, "description": said, "schema": schema_of(name)} for name, said in sorted(SENTENCES.items())]
    )


@blueprint.get("/<webhook_id>", responses={"200": reply_of(Webhook)}, summary="Get webhook")
@access(PRIVATE_OR_WEBHOOKS)
def get_webhook(path: WebhookPath) -> ViewReply:
    return success(_webhook(_own(path.webhook_id)))


@blueprint.put("/<webhook_id>", responses={"200": reply_of(Webhook)}, summary="Update webhook")
@access(PRIVATE_OR_WEBHOOKS)
@audited(AuditAction.WEBHOOK_CHANGED, on=AuditSubject.WEBHOOK)
def update_webhook(path: WebhookPath, body: WebhookChange) -> ViewReply:
    return success(_webhook(endpoints.change(context(), current_identity(), path.webhook_id, body, current_token())))


@blueprint.delete("/<webhook_id>", responses={"200": reply_of(WebhookDeleted)}, summary="Delete webhook")
@access(PRIVATE_OR_WEBHOOKS)
@audited(AuditAction.WEBHOOK_DELETED, on=AuditSubject.WEBHOOK)
def delete_webhook(path: WebhookPath) -> ViewReply:
    endpoints.remove(context(), current_identity(), path.webhook_id)
    return success({"deleted": True})


@blueprint.post("/<webhook_id>/rotate-secret", responses={"200": reply_of(NewSecret)}, summary="Rotate webhook secret")
@access(PRIVATE_OR_WEBHOOKS)
@audited(AuditAction.WEBHOOK_SECRET_ROTATED, on=AuditSubject.WEBHOOK)
def rotate_webhook_secret(path: WebhookPath) -> ViewReply:
    made = endpoints.rotate_secret(context(), current_identity(), path.webhook_id)
    until = _wire(made.endpoint.previous_until)
    return success({"id": made.endpoint.id, "secret": made.secret, "previous_secret_until": until})


@blueprint.post("/<webhook_id>/ping", responses={"202": reply_of(WebhookDelivery)}, summary="Send test event")
@access(PRIVATE_OR_WEBHOOKS)
@refuses(VALIDATION)
def ping_webhook(path: WebhookPath) -> ViewReply:
    return success(_delivery(*endpoints.ping(context(), current_identity(), path.webhook_id), [])), 202


@blueprint.post("/<webhook_id>/chaos", responses={"200": reply_of(Webhook)}, summary="Inject delivery faults")
@access(PRIVATE_OR_WEBHOOKS)
@audited(AuditAction.WEBHOOK_CHANGED, on=AuditSubject.WEBHOOK)
@refuses(ONLY_IN_DEVELOPMENT)
def set_webhook_chaos(path: WebhookPath, body: ChaosRequest) -> ViewReply:
    return success(_webhook(endpoints.set_chaos(context(), current_identity(), path.webhook_id, body)))


@blueprint.get(
    "/<webhook_id>/deliveries",
    responses={"200": list_of(WebhookDelivery)},
    summary="List webhook deliveries, newest first",
)
@access(PRIVATE_OR_WEBHOOKS)
def list_webhook_deliveries(path: WebhookPath, query: DeliveriesQuery) -> ViewReply:
    endpoint = _own(path.webhook_id)
    with context().database.read_session() as session:
        rows, cursor = repository.delivery_page(session, endpoint.id, query, query.status)
        tries = repository.attempts_of(session, [row.id for row, _ in rows])
    return success_list([_delivery(row, kind, tries.get(row.id, [])) for row, kind in rows], cursor)


@blueprint.post(
    "/deliveries/<delivery_id>/redeliver", responses={"202": reply_of(WebhookDelivery)}, summary="Redeliver event"
)
@access(PRIVATE_OR_WEBHOOKS)
@audited(AuditAction.WEBHOOK_REDELIVERED, on=AuditSubject.WEBHOOK)
@refuses(VALIDATION)
def redeliver_webhook(path: DeliveryPath) -> ViewReply:
    row, kind = endpoints.redeliver(context(), current_identity(), path.delivery_id)
    with context().database.read_session() as session:
        tries = repository.attempts_of(session, [row.id])
    return success(_delivery(row, kind, tries.get(row.id, []))), 202


def _own(webhook_id: str) -> WebhookEndpoint:
    with context().database.read_session() as session:
        endpoint = repository.own_endpoint(session, current_identity().user_id, webhook_id)
    if endpoint is None:
        raise Refused(NOT_FOUND)
    return endpoint


def _wire(instant_us: int | None) -> str | None:
    return None if instant_us is None else clock.to_wire(instant_us)


def _webhook(row: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events.split(),
        "description": row.description,
        "scope": row.scope,
        "enabled": row.is_enabled,
        "failing_since": _wire(row.failing_since),
        "previous_secret_until": _wire(row.previous_until),
        "chaos": asdict(Chaos.of(row.chaos)),
        "created_at": clock.to_wire(row.created_at),
    }


def _delivery(row: Delivery, event_type: str, tries: Sequence[DeliveryAttempt]) -> dict[str, Any]:
    return {
        "id": row.id,
        "webhook_id": row.target_id,
        "event_id": row.event_id,
        "event_type": event_type,
        "status": row.status,
        "attempts": [
            {
                "number": one.number,
                "at": clock.to_wire(one.made_at),
                "milliseconds": one.milliseconds,
                "answer_status": one.answer_status,
                "answer_start": one.answer_start,
                "problem": one.problem,
            }
            for one in tries
        ],
        "next_attempt_at": _wire(row.due_at) if row.status == DeliveryStatus.DUE else None,
        "created_at": clock.to_wire(row.created_at),
        "finished_at": _wire(row.finished_at),
    }
