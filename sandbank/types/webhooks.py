"""The shapes of webhooks. Times are ISO 8601 in UTC, and real ones but for what an event says."""

from typing import Any, Literal, TypedDict

DeliveryStatus = Literal["queued", "due", "sending", "delivered", "failed"]
WebhookScope = Literal["own", "bank"]


class Chaos(TypedDict):
    """What goes wrong on purpose on the way to a webhook."""

    duplicate: bool
    delay_seconds: int
    reorder: bool
    drop_first: bool


class Webhook(TypedDict):
    """Where somebody wants to hear of what; `failing_since`: nothing has arrived since a message was given up."""

    id: str
    url: str | None
    events: list[str]
    description: str
    scope: WebhookScope
    enabled: bool
    failing_since: str | None
    previous_secret_until: str | None
    chaos: Chaos
    created_at: str


class NewWebhook(Webhook):
    """A webhook with its secret, which is shown this once."""

    secret: str


class NewWebhookSecret(TypedDict):
    """A new secret, which is shown this once; the one before signs too until `previous_secret_until`."""

    id: str
    secret: str
    previous_secret_until: str


class WebhookDeleted(TypedDict):
    """That a webhook is no more."""

    deleted: bool


class DeliveryAttempt(TypedDict):
    """One try; `problem` is empty when it arrived."""

    number: int
    at: str
    milliseconds: int
    answer_status: int | None
    answer_start: str
    problem: str


class WebhookDelivery(TypedDict):
    """One event on its way to one webhook; `event_id` is also the header `webhook-id`."""

    id: str
    webhook_id: str
    event_id: str
    event_type: str
    status: DeliveryStatus
    attempts: list[DeliveryAttempt]
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None


class WebhookMessage(TypedDict):
    """An event, as it is sent."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


class WebhookEventType(TypedDict):
    """A type of event, and the JSON schema of its messages."""

    type: str
    description: str
    schema: dict[str, Any]
