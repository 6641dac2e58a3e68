"""The shapes of what the bank says of published rates."""

from typing import Literal, TypedDict


class ExchangeRate(TypedDict):
    """What one unit of the base is worth in a currency."""

    currency: str
    rate: str


class ExchangeRates(TypedDict):
    """The rates of a day, as they were published; `margin` is the part that the bank keeps of an exchange."""

    base: str
    day: str
    source: str
    margin: str
    rates: list[ExchangeRate]


class RateOfDay(TypedDict):
    """What a currency was worth on a day."""

    day: str
    rate: str


class InterestRate(TypedDict):
    """A rate in per cent a year, as its source published it."""

    source: str
    source_title: str
    name: str
    rate: str
    effective_on: str
    fetched_at: str


class RateSource(TypedDict):
    """Where rates are read, and how that went."""

    name: str
    title: str
    address: str | None
    status: Literal["unasked", "read", "unreachable", "changed", "off"]
    asked_at: str | None
    read_at: str | None
    problem: str | None
