"""Why a transaction is what it is, as the API answers it."""

from typing import Any

from pydantic import Field

from shared.amounts.money import MoneyText
from shared.enums import CardStatus, HoldStatus, TransactionStatus
from shared.http.payloads import CurrencyCode, Id, ResponseModel, Timestamp
from transaction_service.payloads import Transaction


class DecidingRule(ResponseModel):
    """What decided: for a refusal its code in the catalogue of errors, else the kind of movement."""

    code: str = Field(examples=["INSUFFICIENT_FUNDS"])
    sentence: str = Field(examples=["The account has too little money available for this."])
    remedy: str | None = Field(description="what helps; null where nothing has to be done", examples=["Pay in money."])


class SeenFigure(ResponseModel):
    """A figure that the rule saw when it refused; of what passed the floor, how far below it left the account."""

    name: str = Field(examples=["available"])
    value: str = Field(examples=["12.34"])


class ExplainedPosting(ResponseModel):
    """A leg of the entry; of somebody else's account only that it was posted to."""

    account_id: Id | None = Field(description="of one's own account; staff read every customer's")
    side: str = Field(description="`own`, `customer`, or the bank's account", examples=["cash"])
    amount: MoneyText
    currency: CurrencyCode
    balance_after: MoneyText | None


class ExplainedHold(ResponseModel):
    """What is held for a transaction that is pending."""

    id: Id
    amount: MoneyText
    currency: CurrencyCode
    status: HoldStatus


class ExplainedCard(ResponseModel):
    """How the card stands now that paid or was declined: what it may spend, and where."""

    id: Id
    status: CardStatus
    currency: CurrencyCode
    per_payment: MoneyText | None
    daily: MoneyText | None
    monthly: MoneyText | None
    online: bool
    contactless: bool
    abroad: bool
    cash: bool
    blocked_categories: list[str] = Field(examples=[["7995"]])


class LogLine(ResponseModel):
    """A line of a service's log; `details` is all that it says besides."""

    service: str = Field(examples=["transaction-service"])
    at: Timestamp
    level: str = Field(examples=["info"])
    event: str = Field(examples=["request"])
    details: dict[str, Any] = Field(examples=[{"method": "POST", "path": "/api/transactions/transfer", "status": 409}])


class ExplainedLog(ResponseModel):
    """What the services' logs say of the request, for staff."""

    lines: list[LogLine] = Field(description="in order of time; few, or none, once the files have been rotated away")
    away: list[str] = Field(description="services that could not be asked", examples=[["reporting-service"]])


class Explanation(ResponseModel):
    """Why a transaction is what it is."""

    transaction: Transaction
    outcome: TransactionStatus
    rule: DecidingRule
    figures: list[SeenFigure] = Field(
        description="what the rule saw as it refused: limits, what was used, what was there"
    )
    postings: list[ExplainedPosting] = Field(description="what was posted; their sum is zero in each currency")
    holds: list[ExplainedHold]
    card: ExplainedCard | None = Field(
        description="of a payment by card, for the card's holder and staff", examples=[None]
    )
    request_id: str | None = Field(description="every log line of the request has it", examples=["0190a8c0-5f00"])
    log: ExplainedLog | None = Field(description="for staff; null of what no request is known of", examples=[None])
