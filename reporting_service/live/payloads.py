"""The request and the reply about the totals of this second; OpenAPI shows these models."""

from pydantic import Field

from shared.amounts.money import MoneyText
from shared.http.payloads import CurrencyCode, QueryModel, ResponseModel, Timestamp

_SECONDS = "in each of the last stretches of `bar_seconds`, the newest last and not over yet"


class LiveQuery(QueryModel):
    """Whether to look once or to watch."""

    once: bool = Field(False, description="true: the totals of this second as JSON, and no stream")


class LiveVolume(ResponseModel):
    """What was moved in one currency, in all and on the bank's day that it is."""

    currency: CurrencyCode
    transactions: int
    amount: MoneyText
    transactions_today: int
    amount_today: MoneyText


class LiveTotals(ResponseModel):
    """The whole bank this second; each event `totals` of the stream carries this as its data."""

    at: Timestamp
    bank_time: Timestamp
    transactions: int = Field(description="entries of the journal, as far as they have been taken in")
    bar_seconds: int = Field(examples=[5])
    bars: list[int] = Field(description=f"how many were booked {_SECONDS}", examples=[[3, 5, 8]])
    last_ten_seconds: int = Field(description="how many were booked in the last ten seconds or less")
    volume: list[LiveVolume]
    accounts: int = Field(description="that are not closed")
    users: int
    behind: int = Field(description="entries of the journal that are still to be taken in")
