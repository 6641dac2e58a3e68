"""What is asked of the card network, and how it answers."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from shared.amounts.money import AmountText, MoneyText
from shared.card_enums import AuthorizationEventType, AuthorizationStatus, CardChannel, DeclineCode, DisputeStatus
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    EXAMPLE_ID,
    CurrencyCode,
    Id,
    Line,
    PathId,
    PathModel,
    RequestModel,
    ResponseModel,
    Timestamp,
)
from transaction_service.payloads import Description, Initiator

CategoryCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$"), Field(examples=["5812"])]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["DE"])]
CardNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12,19}$"), Field(examples=["9999990000000006"])]
_MERCHANT: JsonDict = {"name": "Blue Cafe", "mcc": "5812", "country": "DE", "city": "Berlin"}


class MerchantRequest(RequestModel):
    """Who asks to be paid. With `account_id` they are paid at this bank, else at another."""

    model_config = ConfigDict(json_schema_extra={"example": _MERCHANT})

    name: Annotated[Line, Field(min_length=1, max_length=100, examples=["Blue Cafe"])]
    mcc: CategoryCode = Field(description="merchant category code of ISO 18245")
    country: CountryCode = Field(description="of ISO 3166-1")
    city: Annotated[Line, Field(min_length=1, max_length=60, examples=["Berlin"])] | None = None
    account_id: Id | None = None


class PresentedCard(RequestModel):
    """The card that a shop was shown: its number, or its id."""

    card_number: CardNumber | None = Field(None, repr=False, description="this or `card_id`")
    card_id: Id | None = Field(None, description="this or `card_number`")

    @model_validator(mode="after")
    def _one_card(self) -> Self:
        if not self._names_a_card():
            raise PydanticCustomError("one_of", "give either card_number or card_id")
        return self

    def _names_a_card(self) -> bool:
        return (self.card_number is None) != (self.card_id is None)


class AuthorizationRequest(PresentedCard):
    """Ask whether a card pays this much, and hold it; with `capture`, collect it at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "card_id": EXAMPLE_ID,
                "amount": "23.50",
                "currency": "EUR",
                "merchant": _MERCHANT,
                "channel": "chip",
            }
        }
    )

    expires: (
        Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"), Field(examples=["2030-11"])] | None
    ) = Field(None, description="the month that is printed on the card, where it was read")
    security_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$"), Field(examples=["123"])] | None = Field(
        None, repr=False, description="where it was asked for"
    )
    amount: AmountText
    currency: CurrencyCode
    merchant: MerchantRequest
    channel: CardChannel
    partial_ok: bool = Field(False, description="whether a part of the amount will do, where there is no more")
    capture: bool = Field(False, description="whether it is collected at once")


class IncrementRequest(RequestModel):
    """Hold more for what was authorized, in the currency that it was asked for in."""

    amount: AmountText


class AuthorizationCaptureRequest(RequestModel):
    """Collect what was authorized, or `amount` of it, in the currency that it was asked for in."""

    model_config = ConfigDict(json_schema_extra={"example": {"amount": "23.50"}})

    amount: AmountText | None = Field(None, description="without it, all that is left")
    final: bool = Field(True, description="whether what is left then is given back; false: more captures may follow")
    description: Description = Field("", description="without it, the merchant's name")


class AuthorizationReversalRequest(RequestModel):
    """Give back what is held, or `amount` of it, in the currency that it was asked for in."""

    amount: AmountText | None = Field(None, description="without it, all that is left")


class ClearingRequest(PresentedCard):
    """Collect without having asked: it is booked whatever the card may do."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"card_id": EXAMPLE_ID, "amount": "2.40", "currency": "EUR", "merchant": _MERCHANT}
        }
    )

    amount: AmountText
    currency: CurrencyCode
    merchant: MerchantRequest
    channel: CardChannel = CardChannel.CHIP
    description: Description = Field("", description="without it, the merchant's name")


class RefundRequest(PresentedCard):
    """Give back what was paid by card: all or a part of a payment, or with a card and a merchant any amount."""

    model_config = ConfigDict(json_schema_extra={"example": {"original_id": EXAMPLE_ID, "amount": "5.00"}})

    original_id: Id | None = Field(None, description="the transaction that is given back; this, or a card")
    amount: AmountText | None = Field(None, description="without it, all that is left of the original")
    currency: CurrencyCode | None = Field(
        None, description="of the amount; without it the account's, or that of what is given back"
    )
    merchant: MerchantRequest | None = Field(None, description="who gives it; needed without `original_id`")
    description: Description = Field("", description="without it, the merchant's name")

    def _names_a_card(self) -> bool:
        if self.original_id is not None:
            return self.card_number is None and self.card_id is None and self.merchant is None
        return super()._names_a_card() and self.merchant is not None and self.amount is not None


class DisputeRequest(RequestModel):
    """Say that a card payment was not yours, or not right, within 120 days of the one on which it was posted."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"transaction_id": EXAMPLE_ID, "reason": "I have never been there"}}
    )

    transaction_id: Id
    reason: Annotated[Line, Field(min_length=1, max_length=140, examples=["I have never been there"])]


class DisputeResolution(RequestModel):
    """How a dispute is decided: `won` for the holder, else the money goes again."""

    won: bool


class AuthorizationPath(PathModel):
    """An authorization named in the path."""

    authorization_id: PathId


class DisputePath(PathModel):
    """A dispute named in the path."""

    dispute_id: PathId


class AuthorizationsQuery(ListQuery):
    """Filters of a list of authorizations."""

    card_id: Id | None = Field(None, description="on this card alone")
    account_id: Id | None = Field(None, description="on this account alone")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    status: AuthorizationStatus | None = Field(None, description="of this status alone")


class DisputesQuery(ListQuery):
    """Filters of a list of disputes."""

    account_id: Id | None = Field(None, description="on this account alone")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    transaction_id: Id | None = Field(None, description="of this payment alone")
    status: DisputeStatus | None = Field(None, description="of this status alone")


class Merchant(ResponseModel):
    """Who asked to be paid."""

    name: str = Field(examples=["Blue Cafe"])
    mcc: CategoryCode
    country: CountryCode
    city: str | None = Field(examples=["Berlin"])
    account_id: Id | None = Field(examples=[None])


class AuthorizationEvent(ResponseModel):
    """Something that happened to an authorization."""

    type: AuthorizationEventType
    amount: MoneyText = Field(description="in the account's currency")
    original_amount: MoneyText = Field(description="in that of the shop")
    at: Timestamp


class Authorization(ResponseModel):
    """A card payment that a shop asked for, and what became of it.

    Amounts are in `currency`, the account's, those named `original` in the shop's. `exchange_rate` is what one unit of
    the account's currency buys of the shop's; where the bank knows no rate, `currency` is the shop's too.
    `decline_code` with a status other than `declined` says why an increment was refused.
    """

    id: Id
    card_id: Id | None = Field(description="null where the number is no card's")
    account_id: Id | None
    status: AuthorizationStatus
    amount: MoneyText
    approved_amount: MoneyText
    captured_amount: MoneyText = Field(examples=["0.00"])
    currency: CurrencyCode
    original_amount: MoneyText
    original_approved_amount: MoneyText
    original_captured_amount: MoneyText = Field(examples=["0.00"])
    original_currency: CurrencyCode
    exchange_rate: str | None = Field(examples=[None])
    merchant: Merchant
    channel: CardChannel
    decline_code: DeclineCode | None = Field(examples=[None])
    decline_reason: str | None = Field(examples=[None])
    response_code: str = Field(description="of ISO 8583", pattern=r"^[0-9]{2}$", examples=["00"])
    hold_id: Id | None
    events: list[AuthorizationEvent]
    created_at: Timestamp
    expires_at: Timestamp


class Dispute(ResponseModel):
    """A disputed card payment; `credit_transaction_id` gave the money back until it is decided.

    Once it is won, `debit_transaction_id` took it from the account of a shop of this bank; employees alone read that.
    """

    id: Id
    transaction_id: Id
    credit_transaction_id: Id
    account_id: Id
    amount: MoneyText
    currency: CurrencyCode
    reason: str = Field(examples=["I have never been there"])
    status: DisputeStatus
    created_at: Timestamp
    opened_by: Initiator
    resolved_at: Timestamp | None = Field(examples=[None])
    decided_by: Initiator | None = Field(examples=[None])
    debit_transaction_id: Id | None = Field(examples=[None])
