"""Webhooks as a way of sending for the outbox's worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_sqlalchemy.session import Session

from notification_service.delivery.channel import Outcome
from notification_service.inbox import repository as inbox
from notification_service.inbox.rules import NewNotification
from notification_service.models import Delivery, WebhookEndpoint
from notification_service.preferences import repository as preferences
from notification_service.webhooks import repository, signing
from notification_service.webhooks.chaos import Chaos
from notification_service.webhooks.publishing import CHANNEL
from notification_service.webhooks.secret_vault import SecretVault
from notification_service.webhooks.sending import post
from notification_service.webhooks.targets import TargetError, TargetRules
from shared.enums import MessageChannel, NotificationType
from shared.identifiers import derived_id
from shared.observability.health import bank_version
from shared.time import clock
from shared.time.clock import MICROSECONDS

DROPPED = "the try was dropped on purpose (chaos)"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, and where it goes."""

    url: str
    event_id: str
    body: str
    keys: tuple[str, ...] = field(repr=False)
    chaos: Chaos


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Signs and posts; tells the owner when an endpoint takes nothing any more."""

    vault: SecretVault
    rules: TargetRules
    name: str = CHANNEL

    def limits(self, session: Session) -> dict[str, int]:
        """Nothing goes to endpoints that are switched off."""
        return dict.fromkeys(repository.idle_endpoints(session), 0)

    def parcels(self, session: Session, claimed: Sequence[Delivery]) -> dict[str, Parcel]:
        """What to post for each delivery; those whose endpoint or event is gone are absent."""
        endpoints = repository.endpoints(session, {one.target_id for one in claimed})
        bodies = repository.bodies(session, {one.event_id for one in claimed})
        found = {}
        for one in claimed:
            endpoint, body = endpoints.get(one.target_id), bodies.get(one.event_id)
            if endpoint is not None and endpoint.url is not None and body is not None:
                keys = self._keys(endpoint)
                found[one.id] = Parcel(endpoint.url, one.event_id, body, keys, Chaos.of(endpoint.chaos))
        return found

    def _keys(self, endpoint: WebhookEndpoint) -> tuple[str, ...]:
        sealed = [endpoint.secret]
        if endpoint.previous_secret is not None and (endpoint.previous_until or 0) > clock.now_us():
            sealed.append(endpoint.previous_secret)
        return tuple(self.vault.open(endpoint.id, one) for one in sealed)

    def send(self, parcel: Parcel, tries_before: int) -> Outcome:
        """Post it once; twice where chaos wants that."""
        if parcel.chaos.drop_first and tries_before == 0:
            return Outcome(DROPPED)
        try:
            target = self.rules.read(parcel.url)
        except TargetError as problem:
            return Outcome(f"the address {problem}")
        body, timestamp = parcel.body.encode(), clock.now_us() // MICROSECONDS
        signature = signing.signature_header(parcel.keys, message_id=parcel.event_id, timestamp=timestamp, body=body)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Sandbank-Webhooks/{bank_version()}",
            "webhook-id": parcel.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }
        outcome = post(target, self.rules, headers, body)
        if parcel.chaos.duplicate and not outcome.problem:
            outcome = post(target, self.rules, headers, body)
        return outcome

    def arrived(self, session: Session, delivery: Delivery) -> None:
        """The endpoint is well again."""
        endpoint = repository.locked_endpoint(session, delivery.target_id)
        if endpoint is not None and endpoint.failing_since is not None:
            endpoint.failing_since = None
            session.flush()

    def gave_up(self, session: Session, delivery: Delivery) -> None:
        """Tell the owner, once until something arrives there again."""
        endpoint = repository.locked_endpoint(session, delivery.target_id)
        if endpoint is None or endpoint.failing_since is not None:
            return
        endpoint.failing_since = clock.now_us()
        session.flush()
        told = NewNotification(
            id=derived_id(delivery.id, f"given up after {delivery.attempts}"),
            user_id=endpoint.user_id,
            type=NotificationType.WEBHOOK_FAILED,
            created_at=clock.now_us() + inbox.clock_ahead_us(session),
            detail="\n".join((endpoint.id, (endpoint.description or endpoint.url or "")[:400])),
        )
        if preferences.chosen_by(session, [told.user_id]).wants(told.user_id, told.type, MessageChannel.INBOX):
            inbox.add(session, [told])
