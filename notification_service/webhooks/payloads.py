"""The public requests and replies about webhooks; OpenAPI shows these models."""

from typing import Annotated, Any

from pydantic import Field

from notification_service.webhooks.chaos import LONGEST_DELAY_SECONDS
from notification_service.webhooks.event_types import EVERYTHING, MODELS, SUBSCRIBABLE
from shared.enums import DeliveryStatus, WebhookScope
from shared.http.pagination import ListQuery
from shared.http.payloads import Id, Line, PathId, PathModel, RequestModel, ResponseModel, Timestamp

MOST_TYPES = 100
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="where to POST: http or https, in production https alone, never an address of an inner network",
        examples=["https://example.org/hooks/bank"],
    ),
]
EventName = Annotated[str, Field(json_schema_extra={"enum": sorted(MODELS)}, examples=["transaction.completed"])]
"""A type of event in a reply."""
_Subscribed = {"enum": [EVERYTHING, *sorted(SUBSCRIBABLE)]}
EventNames = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=60, json_schema_extra=_Subscribed)]],
    Field(
        min_length=1,
        max_length=MOST_TYPES,
        description=f"types of event, as GET /api/webhooks/event-types lists them; `{EVERYTHING}` for all",
        examples=[["transaction.completed", "hold.placed"]],
    ),
]
Description = Annotated[Line, Field(max_length=200, examples=["Bookkeeping"])]


class WebhookRequest(RequestModel):
    """Who wants to hear of what. Without a `url` nothing is sent: events are kept, to be fetched."""

    url: Url | None = None
    events: EventNames
    description: Description = ""
    scope: WebhookScope | None = Field(
        None, description="events about oneself, or about the whole bank; without it, all that one may hear of"
    )


class WebhookChange(RequestModel):
    """What is to be otherwise; what is left out stays."""

    url: Url | None = None
    events: EventNames | None = None
    description: Description | None = None
    enabled: bool | None = Field(None, description="false: nothing is kept or sent until it is true again")


class ChaosRequest(RequestModel):
    """What is to go wrong on the way; nothing, where all is left out."""

    duplicate: bool = Field(False, description="each message arrives twice")
    delay_seconds: int = Field(0, ge=0, le=LONGEST_DELAY_SECONDS, description="each message is kept back so long")
    reorder: bool = Field(False, description="messages arrive in any order")
    drop_first: bool = Field(False, description="the first try of each message is lost")


class WebhookPath(PathModel):
    """A webhook named in the path. Any text is accepted here: what is no id names nothing (404)."""

    webhook_id: PathId


class DeliveryPath(PathModel):
    """A delivery named in the path. Any text is accepted here: what is no id names nothing (404)."""

    delivery_id: PathId


class DeliveriesQuery(ListQuery):
    """Which deliveries."""

    status: DeliveryStatus | None = Field(None, description="those that are so far alone")


class ChaosState(ResponseModel):
    """What goes wrong on the way to a webhook."""

    duplicate: bool
    delay_seconds: int
    reorder: bool
    drop_first: bool


class Webhook(ResponseModel):
    """A webhook. `failing_since` is when the bank gave up a message, if none has arrived since."""

    id: Id
    url: str | None = Field(examples=["https://example.org/hooks/bank"])
    events: list[Annotated[str, Field(json_schema_extra=_Subscribed)]] = Field(examples=[["transaction.completed"]])
    description: str = Field(examples=["Bookkeeping"])
    scope: WebhookScope
    enabled: bool
    failing_since: Timestamp | None
    previous_secret_until: Timestamp | None = Field(description="until when messages are signed with both secrets")
    chaos: ChaosState
    created_at: Timestamp


class NewWebhook(Webhook):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw2LaLaSw2LaI="])


class NewSecret(ResponseModel):
    """A webhook's new secret, which is shown this once. The one before signs too until `previous_secret_until`."""

    id: Id
    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw2LaLaSw2LaI="])
    previous_secret_until: Timestamp


class WebhookDeleted(ResponseModel):
    """That a webhook is no more, and nothing is sent to it."""

    deleted: bool


class Attempt(ResponseModel):
    """One try: what was answered, or why it did not arrive."""

    number: int
    at: Timestamp
    milliseconds: int
    answer_status: int | None = Field(examples=[200])
    answer_start: str = Field(description="the first 500 characters of the answer", examples=["ok"])
    problem: str = Field(description="empty: it arrived", examples=["it answered 500"])


class WebhookDelivery(ResponseModel):
    """One event on its way to one webhook; `next_attempt_at` is when it is tried next, if it is."""

    id: Id
    webhook_id: Id
    event_id: Id = Field(description="also the header `webhook-id`, the same in every try")
    event_type: EventName
    status: DeliveryStatus
    attempts: list[Attempt]
    next_attempt_at: Timestamp | None
    created_at: Timestamp
    finished_at: Timestamp | None


class WebhookMessage(ResponseModel):
    """An event, as it is sent to webhooks; the type says what `data` holds."""

    id: Id
    type: EventName
    timestamp: Timestamp
    data: dict[str, Any] = Field(examples=[{"webhook_id": "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"}])


class EventType(ResponseModel):
    """A type of event, and the JSON schema of its messages."""

    type: EventName
    description: str = Field(examples=["Money was moved, whatever kind of movement it is."])
    message_schema: dict[str, Any] = Field(
        alias="schema", description="JSON schema, draft 2020-12", examples=[{"type": "object"}]
    )
