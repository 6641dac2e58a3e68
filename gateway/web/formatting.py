"""How amounts and points in time read on a page: text in, text out. Nothing here computes with money.

Days and times are those of the bank's own zone (`BANK_TIME_ZONE`), as its calendar counts them.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from shared.time import business_days

MINUS = "\u2212"
_CATEGORY_NAMES = {None: "Other", "": "Other"}


def amount(text: str) -> str:
    """`-1234567.80` as `1,234,567.80` after a true minus sign."""
    sign = MINUS if text.startswith("-") else ""
    whole, point, fraction = text.lstrip("-").partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}"


def number(count: int) -> str:
    """`1234567` as `1,234,567`."""
    return f"{count:,}"


def day(wire: str) -> str:
    """`2026-11-20T15:04:05Z` as `20 Nov 2026`; a day alone, `2026-11-20`, is that day."""
    found = _date(wire)
    return f"{found.day} {found:%b %Y}"


def weekday(wire: str) -> str:
    """`2026-11-20T15:04:05Z` as `Friday, 20 Nov 2026`."""
    return f"{_date(wire):%A}, {day(wire)}"


def iso_day(wire: str) -> str:
    """`2026-11-20T23:30:00Z` as `2026-11-21`, for addresses and attributes."""
    return _date(wire).isoformat()


def time_of_day(wire: str) -> str:
    """`2026-11-20T15:04:05Z` as `16:04`."""
    return f"{_local(wire):%H:%M}"


def clock_time(wire: str) -> str:
    """`2026-11-20T15:04:05Z` as `16:04:05 CET`, for what ends within a minute."""
    return f"{_local(wire):%H:%M:%S %Z}"


def percent(fraction: str) -> str:
    """`0.0050` as `0.5 %`."""
    shown = Decimal(fraction).scaleb(2).normalize()
    return f"{shown:f} %"


def day_and_time(wire: str) -> str:
    """`2026-11-20T15:04:05Z` as `20 Nov 2026, 16:04 CET`."""
    return f"{day(wire)}, {_local(wire):%H:%M %Z}"


def _local(wire: str) -> datetime:
    return datetime.fromisoformat(wire).astimezone(business_days.time_zone())


def _date(wire: str) -> date:
    return date.fromisoformat(wire) if len(wire) == len("2026-11-20") else _local(wire).date()


def short_day(wire: str) -> str:
    """`2026-11-20` as `20 Nov`."""
    found = _date(wire)
    return f"{found.day} {found:%b}"


def month(year_and_month: str) -> str:
    """`2026-11` as `Nov 2026`."""
    return f"{datetime.fromisoformat(year_and_month + '-01'):%b %Y}"


def iban(number_text: str) -> str:
    """An account number in groups of four, as people read it aloud."""
    compact = number_text.replace(" ", "")
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def words(name: str | None) -> str:
    """`card_purchase` as `Card purchase`."""
    return _CATEGORY_NAMES.get(name) or str(name).replace("_", " ").capitalize()


FILTERS: dict[str, Callable[..., str]] = {
    "amount": amount,
    "number": number,
    "day": day,
    "weekday": weekday,
    "iso_day": iso_day,
    "time_of_day": time_of_day,
    "day_and_time": day_and_time,
    "clock_time": clock_time,
    "percent": percent,
    "short_day": short_day,
    "month": month,
    "iban": iban,
    "words": words,
}
"""The filters every template has."""
