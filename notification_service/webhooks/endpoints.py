"""Making, changing and removing webhooks: one database transaction each."""

from dataclasses import dataclass
from typing import Any

from flask_sqlalchemy.session import Session

from notification_service.context import NotificationContext
from notification_service.delivery import outbox
from notification_service.email.people import erased_among
from notification_service.models import Delivery, WebhookEndpoint
from notification_service.refusals import TOO_MANY_WEBHOOKS
from notification_service.webhooks import acts, repository, signing
from notification_service.webhooks.chaos import Chaos
from notification_service.webhooks.event_types import EVERYTHING, SUBSCRIBABLE
from notification_service.webhooks.payloads import ChaosRequest, WebhookChange, WebhookRequest
from notification_service.webhooks.secret_vault import check_opens
from notification_service.webhooks.targets import TargetError, TargetRules
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction
from shared.enums import Role, WebhookScope
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.identity.access import WEBHOOKS_BANK
from shared.identity.tokens import Identity
from shared.refusals import NOT_FOUND, Refused, forbidden
from shared.service_refusals import ONLY_IN_DEVELOPMENT, USER_ERASED
from shared.time import clock
from shared.time.clock import MICROSECONDS

MOST_PER_PERSON = 10
BOTH_SECRETS_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class WebhookWithSecret:
    """An endpoint with the secret that its owner is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


def may_hear_of_all(identity: Identity) -> bool:
    """Whether this person or client may be told of what happens to others."""
    return identity.role == Role.ADMIN or WEBHOOKS_BANK in identity.scopes


def check_key(context: NotificationContext) -> None:
    """Raises MissingSettingError where secrets were encrypted with another key than the one there is."""
    with context.database.read_session() as session:
        endpoint = repository.any_endpoint(session)
        if endpoint is not None:
            check_opens(context.vault, endpoint.id, endpoint.secret)


def make(context: NotificationContext, identity: Identity, asked: WebhookRequest, token: str) -> WebhookWithSecret:
    """A new endpoint; `token` is the one that it is asked with. Raises Refused."""
    scope = asked.scope or (WebhookScope.BANK if may_hear_of_all(identity) else WebhookScope.OWN)
    _check_scope(identity, scope)
    url, events = _checked_url(context.targets, asked.url), _checked_events(asked.events)
    secret, endpoint_id = signing.new_secret(), new_id()
    with context.database.write_session() as session:
        if erased_among(session, [identity.user_id]):
            raise Refused(USER_ERASED)
        if repository.count_of(session, identity.user_id) >= MOST_PER_PERSON:
            raise Refused(TOO_MANY_WEBHOOKS, details={"limit": MOST_PER_PERSON})
        endpoint = WebhookEndpoint(
            id=endpoint_id,
            user_id=identity.user_id,
            scope=scope,
            url=url,
            description=asked.description,
            events=events,
            secret=context.vault.seal(endpoint_id, secret),
            previous_secret=None,
            previous_until=None,
            is_enabled=True,
            failing_since=None,
            chaos=None,
            created_at=clock.now_us(),
        )
        session.add(endpoint)
        acts.write_made(session, endpoint)
    try:
        _check_again(context, token)
    except Refused:
        with context.database.write_session() as session:
            acts.write(session, AuditAction.WEBHOOK_DELETED, endpoint, AuditDetails(reason=acts.TAKEN_BACK))
            outbox.forget_target(session, endpoint_id)
            repository.remove(session, endpoint_id)
        raise
    return WebhookWithSecret(endpoint, secret)


def change(
    context: NotificationContext, identity: Identity, endpoint_id: str, asked: WebhookChange, token: str
) -> WebhookEndpoint:
    """Change what is given; `token` is the one that it is asked with. Raises Refused."""
    with context.database.write_session() as session:
        endpoint = _own(session, identity, endpoint_id)
        before = acts.shown(endpoint)
        if "url" in asked.model_fields_set:
            endpoint.url = _checked_url(context.targets, asked.url)
            if endpoint.url is None:
                outbox.forget_open(session, endpoint_id)
        if asked.events is not None:
            endpoint.events = _checked_events(asked.events)
        if asked.description is not None:
            endpoint.description = asked.description
        if asked.enabled is not None:
            if asked.enabled:
                _check_scope(identity, endpoint.scope)
            endpoint.is_enabled = asked.enabled
        acts.write_changed(session, endpoint, before)
    if asked.enabled:
        try:
            _check_again(context, token)
        except Refused:
            with context.database.write_session() as session:
                _own(session, identity, endpoint_id).is_enabled = False
                acts.write(session, AuditAction.WEBHOOK_CHANGED, endpoint, AuditDetails(reason=acts.TAKEN_BACK))
            raise
    return endpoint


def remove(context: NotificationContext, identity: Identity, endpoint_id: str) -> None:
    """Remove an endpoint and all that was to be sent to it. Raises Refused."""
    with context.database.write_session() as session:
        endpoint = _own(session, identity, endpoint_id)
        acts.write(session, AuditAction.WEBHOOK_DELETED, endpoint, AuditDetails(before=acts.shown(endpoint)))
        outbox.forget_target(session, endpoint_id)
        repository.remove(session, endpoint_id)


def rotate_secret(context: NotificationContext, identity: Identity, endpoint_id: str) -> WebhookWithSecret:
    """Give an endpoint a new secret; the one before signs too for a day. Raises Refused."""
    secret = signing.new_secret()
    with context.database.write_session() as session:
        endpoint = _own(session, identity, endpoint_id)
        endpoint.previous_secret = endpoint.secret
        endpoint.previous_until = clock.now_us() + BOTH_SECRETS_SECONDS * MICROSECONDS
        endpoint.secret = context.vault.seal(endpoint_id, secret)
        acts.write(session, AuditAction.WEBHOOK_SECRET_ROTATED, endpoint)
    return WebhookWithSecret(endpoint, secret)


def set_chaos(
    context: NotificationContext, identity: Identity, endpoint_id: str, asked: ChaosRequest
) -> WebhookEndpoint:
    """Have something go wrong on the way. Raises Refused."""
    if context.is_production:
        raise Refused(ONLY_IN_DEVELOPMENT)
    with context.database.write_session() as session:
        endpoint = _own(session, identity, endpoint_id)
        before = acts.shown(endpoint)
        endpoint.chaos = Chaos(**asked.model_dump()).stored()
        acts.write_changed(session, endpoint, before)
    return endpoint


def ping(context: NotificationContext, identity: Identity, endpoint_id: str) -> tuple[Delivery, str]:
    """Have a message sent that says nothing; its delivery. Raises Refused."""
    with context.database.write_session() as session:
        endpoint = _own(session, identity, endpoint_id)
        _check_has_address(endpoint)
        delivery_id = context.publisher.ping(session, endpoint)
        found = repository.own_delivery(session, identity.user_id, delivery_id)
    context.deliveries.wake()
    if found is None:
        raise Refused(NOT_FOUND)
    return found


def redeliver(context: NotificationContext, identity: Identity, delivery_id: str) -> tuple[Delivery, str]:
    """Send an event once more, at once, with the same id. Raises Refused."""
    with context.database.write_session() as session:
        found = repository.own_delivery(session, identity.user_id, delivery_id, for_update=True)
        if found is None:
            raise Refused(NOT_FOUND)
        endpoint = repository.own_endpoint(session, identity.user_id, found[0].target_id)
        _check_has_address(endpoint)
        if endpoint is not None:
            acts.write(
                session, AuditAction.WEBHOOK_REDELIVERED, endpoint, AuditDetails(after={"event_id": found[0].event_id})
            )
        outbox.send_again(found[0], context.settings.retries, now_us=clock.now_us())
    context.deliveries.wake()
    return found


def _check_again(context: NotificationContext, token: str) -> None:
    """Whether the token is still good, after the commit that let somebody listen. Raises Refused.

    Who loses a role has what they listen at switched off as we hear of it. Between that and when their tokens end here,
    they could make more; whatever ended before this look is found by it, and we have yet to hear of the rest.
    """
    context.verifier.refresh_revocations()
    context.verifier.verify(token)


def _own(session: Session, identity: Identity, endpoint_id: str) -> WebhookEndpoint:
    endpoint = repository.own_endpoint(session, identity.user_id, endpoint_id, for_update=True)
    if endpoint is None:
        raise Refused(NOT_FOUND)
    return endpoint


def _check_has_address(endpoint: WebhookEndpoint | None) -> None:
    if endpoint is None or endpoint.url is None:
        raise invalid("url", "must be given before anything can be sent", code="missing")


def _check_scope(identity: Identity, scope: str) -> None:
    if scope == WebhookScope.BANK and not may_hear_of_all(identity):
        required: dict[str, Any] = {"role": identity.role, "roles": [Role.ADMIN], "scope": WEBHOOKS_BANK}
        raise forbidden(f"This needs the role admin, or the scope {WEBHOOKS_BANK}.", **required)


def _checked_url(rules: TargetRules, url: str | None) -> str | None:
    if url is not None:
        try:
            rules.read(url)
        except TargetError as problem:
            raise invalid("url", str(problem), code="not_a_target") from None
    return url


def _checked_events(names: list[str]) -> str:
    """As they are stored. Raises Refused (422) for one that does not exist."""
    unknown = sorted(set(names) - SUBSCRIBABLE - {EVERYTHING})
    if unknown:
        sentence = "must be types of event that GET /api/webhooks/event-types lists, or *"
        raise invalid("events", sentence, code="unknown_event", event=unknown[0])
    return EVERYTHING if EVERYTHING in names or set(names) >= SUBSCRIBABLE else " ".join(dict.fromkeys(names))
