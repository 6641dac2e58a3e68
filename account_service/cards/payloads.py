"""What is asked of cards, and how they are shown."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from account_service.payloads import Nickname
from account_service.products.payloads import ProductCode
from shared.amounts.money import AmountText, MoneyText
from shared.card_enums import FrozenBy
from shared.enums import CardKind, CardStatus, TextEnum
from shared.http.field_problems import form
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    CurrencyCode,
    Id,
    MonthText,
    PathId,
    PathModel,
    RequestModel,
    ResponseModel,
    Timestamp,
    TypedPassword,
)

MerchantCategory = Annotated[
    str, form(r"^[0-9]{4}$", "must be four digits (ISO 18245), such as 7995"), Field(examples=["7995"])
]
Last4 = Annotated[str, form(r"^[0-9]{4}$", "must be the last four digits of a card"), Field(examples=["4242"])]


class ReportReason(TextEnum):
    """What happened to a card."""

    LOST = "lost"
    STOLEN = "stolen"
    FRAUD = "fraud"


BillingDay = Annotated[int, Field(ge=1, le=28, examples=[15])]


class CreateCardRequest(RequestModel):
    """A debit card for an account, or a credit card, which comes with an account of its own."""

    kind: CardKind = CardKind.DEBIT
    account_id: Id | None = Field(None, description="which a debit card pays from")
    settlement_account_id: Id | None = Field(
        None, description="the checking account that a credit card's bills are paid from"
    )
    credit_limit: AmountText | None = Field(
        None, description="how much a credit card lends; as much as its product grants when left out"
    )
    billing_day: BillingDay | None = Field(
        None, description="on which day of the month a credit card is billed; that of its issue when left out"
    )
    product: ProductCode | None = Field(None, description="of the type credit; the ordinary one when left out")
    nickname: Nickname | None = None


class LimitsChange(RequestModel):
    """Limits of a card's own, in the account's currency; null takes one away. What is left out stays."""

    per_payment: AmountText | None = None
    daily: AmountText | None = Field(default=None, description="of one day of the bank")
    monthly: AmountText | None = Field(default=None, description="of one calendar month of the bank")


class ControlsChange(RequestModel):
    """Where the card may be used. What is left out stays."""

    online: bool | None = None
    contactless: bool | None = None
    abroad: bool | None = None
    cash: bool | None = None

    @model_validator(mode="after")
    def _switched_on_or_off(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("bool_type", "must be true or false")
        return self


class UpdateCardRequest(RequestModel):
    """What a card's holder may change, and staff of a credit card's terms. What is left out stays."""

    limits: LimitsChange = LimitsChange()
    controls: ControlsChange = ControlsChange()
    blocked_categories: Annotated[list[MerchantCategory], Field(max_length=100)] | None = Field(
        None, description="kinds of merchant (ISO 18245) that the card does not pay at; replaces those before"
    )
    nickname: Nickname | None = Field(None, description="empty or null takes it away")
    credit_limit: AmountText | None = Field(
        None, description="how much a credit card lends: more than its product grants only by staff"
    )
    billing_day: BillingDay | None = Field(None, description="on which day of the month a credit card is billed")
    settlement_account_id: Id | None = Field(
        None, description="the holder's checking account that a credit card's bills are paid from"
    )


class ReportRequest(RequestModel):
    """What happened to the card: it never pays again."""

    reason: ReportReason


class RevealRequest(RequestModel):
    """The password proves that it is the card's owner who asks."""

    password: TypedPassword


class CardPath(PathModel):
    """The card in the address."""

    card_id: PathId


class CardsQuery(ListQuery):
    """Filters of one's own cards."""

    account_id: Id | None = Field(None, description="cards of this account alone")
    status: CardStatus | None = Field(None, description="cards with this status alone")


class AllCardsQuery(CardsQuery):
    """Filters of the bank's cards."""

    user_id: Id | None = Field(None, description="the cards of this person alone")
    last4: Last4 | None = Field(None, description="cards whose number ends with these digits alone")


class CardLimits(ResponseModel):
    """The most that the card pays: null where there is no limit but the money on the account."""

    per_payment: MoneyText | None
    daily: MoneyText | None
    monthly: MoneyText | None


class CardControls(ResponseModel):
    """Where the card may be used."""

    online: bool
    contactless: bool
    abroad: bool
    cash: bool


class Card(ResponseModel):
    """A payment card. Its number and security code are shown by `reveal` alone."""

    id: Id
    account_id: Id
    user_id: Id
    kind: CardKind
    network: str = Field(examples=["sandbank"])
    masked_number: str = Field(examples=["990000******4242"])
    last4: Last4
    expires: MonthText = Field(description="the last month in which it is valid")
    holder_name: str = Field(examples=["Ada Lovelace"])
    currency: CurrencyCode
    status: CardStatus
    frozen_by: FrozenBy | None = Field(description="who froze it, while it is frozen")
    limits: CardLimits
    controls: CardControls
    blocked_categories: list[MerchantCategory]
    credit_limit: MoneyText | None = Field(description="how much a credit card lends", examples=["2500.00"])
    balance: MoneyText | None = Field(
        description="of a credit card's account: below zero, what is owed", examples=["-120.50"]
    )
    available_credit: MoneyText | None = Field(
        description="what can still be spent by credit card", examples=["2379.50"]
    )
    billing_day: BillingDay | None = Field(description="on which day of the month a credit card is billed")
    settlement_account_id: Id | None = Field(description="the account that a credit card's bills are paid from")
    nickname: str | None = Field(examples=["Travel"])
    replaces: Id | None = Field(description="the card that this one was issued for")
    replaced_by: Id | None = Field(description="the card that was issued for this one")
    created_at: Timestamp
    created_at_bank: Timestamp | None = Field(description="in the bank's time")


class PrintedCard(ResponseModel):
    """What can be read on the card itself."""

    card_number: str = Field(examples=["9900000000000002"])
    expires: MonthText
    security_code: str = Field(examples=["123"])
