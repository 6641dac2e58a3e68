"""Webhooks: messages of what happens, to a program's own address."""

from collections.abc import Sequence

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.webhooks import (
    DeliveryStatus,
    NewWebhook,
    NewWebhookSecret,
    Webhook,
    WebhookDeleted,
    WebhookDelivery,
    WebhookEventType,
    WebhookMessage,
    WebhookScope,
)

_PATH = "/api/webhooks"


class Webhooks(Resource):
    """`/api/webhooks`: one's own."""

    def create(
        self,
        events: Sequence[str],
        *,
        url: str | None = None,
        description: str | None = None,
        scope: WebhookScope | None = None,
    ) -> Answer[NewWebhook]:
        """Create a webhook for these events (`*`: all); its secret is shown only once. Without `url`, they are kept."""
        facts = given(url=url, events=list(events), description=description, scope=scope)
        return self._client.call("POST", _PATH, facts)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Webhook]:
        """A page of webhooks, newest first."""
        return self._client.page(_PATH, limit=limit, cursor=cursor)

    def details(self, webhook_id: str) -> Answer[Webhook]:
        """One webhook."""
        return self._client.get(_of(webhook_id))

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Answer[Webhook]:
        """Change what is given; switched off, nothing is kept or sent."""
        named = None if events is None else [*events]
        facts = given(url=url, events=named, description=description, enabled=enabled)
        return self._client.call("PUT", _of(webhook_id), facts)

    def delete(self, webhook_id: str) -> Answer[WebhookDeleted]:
        """Delete a webhook."""
        return self._client.call("DELETE", _of(webhook_id))

    def rotate_secret(self, webhook_id: str) -> Answer[NewWebhookSecret]:
        """A new secret; for a day both sign."""
        return self._client.post(f"{_of(webhook_id)}/rotate-secret")

    def ping(self, webhook_id: str) -> Answer[WebhookDelivery]:
        """Have a message sent that says nothing."""
        return self._client.post(f"{_of(webhook_id)}/ping")

    def set_chaos(
        self,
        webhook_id: str,
        *,
        duplicate: bool = False,
        delay_seconds: int = 0,
        reorder: bool = False,
        drop_first: bool = False,
    ) -> Answer[Webhook]:
        """Inject delivery faults, in a bank in development; without any, stop."""
        facts = {
            "duplicate": duplicate,
            "delay_seconds": delay_seconds,
            "reorder": reorder,
            "drop_first": drop_first,
        }
        return self._client.post(f"{_of(webhook_id)}/chaos", facts)

    def deliveries(
        self,
        webhook_id: str,
        *,
        status: DeliveryStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[WebhookDelivery]:
        """A page of what was and is to be sent there, newest first, with each try."""
        return self._client.page(f"{_of(webhook_id)}/deliveries", status=status, limit=limit, cursor=cursor)

    def redeliver(self, delivery_id: str) -> Answer[WebhookDelivery]:
        """Have an event sent once more, with the same id."""
        return self._client.post(f"{_PATH}/deliveries/{in_path(delivery_id)}/redeliver")

    def events(
        self, *, after: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[WebhookMessage]:
        """A page of events that were kept: the newest first, or what came after one, oldest first."""
        return self._client.page(f"{_PATH}/events", after=after, limit=limit, cursor=cursor)

    def event_types(self) -> Page[WebhookEventType]:
        """The types of events."""
        return self._client.page(f"{_PATH}/event-types")


def _of(webhook_id: str) -> str:
    return f"{_PATH}/{in_path(webhook_id)}"
