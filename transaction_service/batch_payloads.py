"""Batches: movements of every kind and card payments in one request, each item with its own key and result."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from shared.enums import BatchItemStatus
from shared.http.idempotency import IdempotencyKey
from shared.http.payloads import EXAMPLE_ID, ErrorReply, Id, RequestModel, ResponseModel
from shared.time.instants import Instant
from transaction_service.cards.payloads import Authorization, AuthorizationCaptureRequest, AuthorizationRequest
from transaction_service.payloads import AccountMovementItem, Transaction, TransferItem

MAX_BATCH = 5000
_KEY = {"idempotency_key": "0190a8c0-5f00-7a00-8000-000000000001"}
_MERCHANT: JsonDict = {"name": "Blue Cafe", "mcc": "5812", "country": "DE"}
_WHEN = "needs the scope bank:simulate"


class CardAuthorizationItem(AuthorizationRequest):
    """One item of a batch: a shop asks whether a card pays (scope `cards:acquire`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "card_authorization",
                **_KEY,
                "card_id": EXAMPLE_ID,
                "amount": "23.50",
                "currency": "EUR",
                "merchant": _MERCHANT,
                "channel": "contactless",
                "capture": True,
            }
        }
    )

    type: Literal["card_authorization"]
    idempotency_key: IdempotencyKey
    effective_at: Instant | None = Field(None, description=_WHEN)


class CardCaptureItem(AuthorizationCaptureRequest):
    """One item of a batch: a shop collects what was authorized (scope `cards:acquire`)."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"type": "card_capture", **_KEY, "authorization_id": EXAMPLE_ID}}
    )

    type: Literal["card_capture"]
    authorization_id: Id
    idempotency_key: IdempotencyKey
    effective_at: Instant | None = Field(None, description=_WHEN)


BatchItem = Annotated[
    AccountMovementItem | TransferItem | CardAuthorizationItem | CardCaptureItem, Field(discriminator="type")
]


def _each_later(items: object) -> object:
    """Items are read one by one, where one that is not valid is refused alone: see `batch_orders.batch_order`."""
    return items


class TransactionBatchRequest(RequestModel):
    """Up to 5,000 movements and card payments in order; `atomic`: all or nothing."""

    items: Annotated[
        list[dict[str, Any]],
        Field(min_length=1, max_length=MAX_BATCH),
        BeforeValidator(
            _each_later,
            json_schema_input_type=Annotated[list[BatchItem], Field(min_length=1, max_length=MAX_BATCH)],
        ),
    ]
    atomic: bool = False


class TransactionBatchResult(ResponseModel):
    """What came of one item of a batch. A card that was asked has an answer, approved or declined."""

    status: BatchItemStatus
    transaction: Transaction | None = None
    authorization: Authorization | None = None
    error: ErrorReply | None = None


class TransactionBatchReply(ResponseModel):
    """One result per item, in order."""

    success: Literal[True]
    data: list[TransactionBatchResult]
