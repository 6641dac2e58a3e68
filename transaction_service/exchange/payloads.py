"""The requests and replies of quotes, and of the rates that the account service tells."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import BASE
from shared.amounts.money import AmountText, MoneyText
from shared.enums import FixedSide
from shared.http.field_problems import form
from shared.http.payloads import (
    CurrencyCode,
    DayText,
    Id,
    Line,
    PathModel,
    RateText,
    RequestModel,
    ResponseModel,
    Timestamp,
)
from shared.time.business_days import number_of_day
from transaction_service.exchange.conversion import BASIS_POINTS, DayRates


def _kept(currency: str) -> str:
    if currency not in MINOR_UNIT_DIGITS or currency == BASE:
        raise PydanticCustomError("unknown_currency", "must be another currency of this bank than EUR")
    return currency


def _positive(rate: str) -> str:
    if not rate.strip("0."):
        raise PydanticCustomError("rate_zero", "must be more than zero")
    return rate


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", "must be a day such as 2026-11-20") from None
    return text


PublishedRate = Annotated[
    str, form(r"^[0-9]{1,9}(\.[0-9]{1,8})?$", "must be a decimal such as 1.0887"), AfterValidator(_positive)
]


class DayPath(PathModel):
    """A day named in the path."""

    day: Annotated[str, form(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "must be a day such as 2026-11-20"), AfterValidator(_day)]

    @property
    def number(self) -> int:
        """The day as tables keep it."""
        return number_of_day(date.fromisoformat(self.day))


class RatesRequest(RequestModel):
    """What one euro was worth on a day, and the bank's margin on it in hundredths of a percent."""

    source: Annotated[Line, Field(min_length=1, max_length=40)]
    margin_bp: int = Field(ge=0, lt=BASIS_POINTS)
    per_euro: dict[Annotated[CurrencyCode, AfterValidator(_kept)], PublishedRate] = Field(min_length=1)

    def of_day(self, day: int) -> DayRates:
        """The rates as the ledger works with them."""
        per_euro = {currency: Decimal(rate) for currency, rate in self.per_euro.items()}
        return DayRates(day, self.source, self.margin_bp, per_euro)


class QuoteRequest(RequestModel):
    """What is to be exchanged for what; `amount` is what is given, or with `fixed: target` what is to be got."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"from_currency": "EUR", "to_currency": "USD", "amount": "100.00"}}
    )

    from_currency: CurrencyCode
    to_currency: CurrencyCode
    amount: AmountText
    fixed: FixedSide = FixedSide.SOURCE
    from_account_id: Id | None = Field(
        None,
        description="the account that will pay: its product's fee for paying in another currency is then in the rate",
    )


class Quote(ResponseModel):
    """What the bank gives for what, if a transfer names the quote before `valid_until`, by this machine's clock.

    With `from_account_id` it is for that account; without, for accounts whose product has no fee for it.
    """

    id: Id
    from_currency: CurrencyCode
    to_currency: CurrencyCode
    from_account_id: Id | None
    fixed: FixedSide
    rate: RateText
    reference_rate: RateText
    margin: RateText = Field(
        description="the part that the bank keeps, with the fee of the account's product", examples=["0.0050"]
    )
    rates_of: DayText
    source_amount: MoneyText
    target_amount: MoneyText
    created_at: Timestamp
    valid_until: Timestamp
