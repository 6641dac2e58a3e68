"""The public requests and replies of published rates."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import BASE
from shared.enums import RateSourceStatus
from shared.http.field_problems import form
from shared.http.payloads import CurrencyCode, DayText, QueryModel, RateText, ResponseModel, Timestamp, WholeNumber


def _kept(currency: str) -> str:
    if currency not in MINOR_UNIT_DIGITS:
        raise PydanticCustomError("unknown_currency", "must be a currency of this bank")
    return currency


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", "must be a day such as 2026-11-20") from None
    return text


Currency = Annotated[CurrencyCode, AfterValidator(_kept)]
Day = Annotated[
    str,
    form(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "must be a day such as 2026-11-20"),
    AfterValidator(_day),
    Field(json_schema_extra={"format": "date"}, examples=["2026-11-20"]),
]
Percent = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,4})?$"), Field(examples=["2.00"])]


class ExchangeRatesQuery(QueryModel):
    """Of which currency's worth, and on which day."""

    base: Currency = Field(BASE, description="what one unit of is worth")
    on: Day | None = Field(None, description="on this day, or the last before it that has rates; without it the newest")


class HistoryQuery(QueryModel):
    """Which rate, over how many days."""

    base: Currency = Field(BASE, description="what one unit of is worth")
    currency: Currency = Field(description="in this currency", examples=["USD"])
    days: WholeNumber = Field(365, ge=1, le=3_660, description="so many days up to the newest")


class ExchangeRate(ResponseModel):
    """What one unit of the base is worth in a currency."""

    currency: CurrencyCode
    rate: RateText


class ExchangeRates(ResponseModel):
    """The rates of a day: as they were published, before any margin of the bank's."""

    base: CurrencyCode
    day: DayText
    source: str = Field(examples=["ecb"])
    margin: RateText = Field(description="the part that the bank keeps of an exchange", examples=["0.0050"])
    rates: list[ExchangeRate]


class RateOfDay(ResponseModel):
    """What the base was worth on a day."""

    day: DayText
    rate: RateText


class InterestRate(ResponseModel):
    """A rate in per cent a year, as its source published it."""

    source: str = Field(examples=["ecb-key-rates"])
    source_title: str = Field(examples=["European Central Bank, key interest rates"])
    name: str = Field(examples=["Deposit facility"])
    rate: Percent
    effective_on: DayText
    fetched_at: Timestamp


class RateSource(ResponseModel):
    """A source of published rates: when it was asked, when it was last read, and what is wrong with it."""

    name: str = Field(examples=["ecb"])
    title: str = Field(examples=["European Central Bank, reference rates"])
    address: str | None = Field(examples=["https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"])
    status: RateSourceStatus
    asked_at: Timestamp | None
    read_at: Timestamp | None
    problem: str | None = Field(examples=[None])
