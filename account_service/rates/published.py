"""What a source publishes, once it has been read and believed. Pure."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

_PERCENT = re.compile(r"-?[0-9]{1,2}(?:\.[0-9]{1,4})?", re.ASCII)


class PageChangedError(ValueError):
    """A page is not what it was: nothing is taken from it, and somebody has to look."""


class DayOfRates(NamedTuple):
    """What one euro was worth on a day: decimals as they were published, by currency."""

    day: date
    per_euro: dict[str, str]


class InterestRate(NamedTuple):
    """A rate in per cent a year, in force from a day on; `name` says what it is paid or asked for."""

    name: str
    rate: str
    effective_on: date


InterestRates = list[InterestRate]


class Source(NamedTuple):
    """Somebody who publishes: under which name, read by what, and where unless a setting says otherwise.

    `read` takes the page's text. Raises PageChangedError where it is not what it should be.
    """

    name: str
    title: str
    setting: str
    default_address: str
    read: Callable[[str], DayOfRates | InterestRates]


def percent(text: str) -> str:
    """A rate as a page has it: `2.00`, `.25`, `3.75 %`, or a true minus before it. Raises PageChangedError."""
    shown = text.replace("\N{MINUS SIGN}", "-").replace("%", "").strip()
    shown = re.sub(r"^(-?)\.", r"\g<1>0.", shown)
    if not _PERCENT.fullmatch(shown):
        message = f"{text!r} is no rate"
        raise PageChangedError(message)
    return shown


def checked_days(rates: InterestRates, today: date) -> InterestRates:
    """The rates, if each has a name of its own and a day that may be. Raises PageChangedError."""
    if len({rate.name for rate in rates}) != len(rates) or not rates:
        message = "there are no rates, or two of one name"
        raise PageChangedError(message)
    for rate in rates:
        if not date(1990, 1, 1) <= rate.effective_on or (rate.effective_on - today).days > LATEST_DAYS_AHEAD:
            message = f"{rate.name} is of {rate.effective_on}"
            raise PageChangedError(message)
    return rates


LATEST_DAYS_AHEAD = 60
"""A decision is published some days before it takes effect."""
