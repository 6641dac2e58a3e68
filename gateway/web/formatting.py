"""How amounts and points in time read on a page. Pure text in, text out: nothing here computes with money."""

from collections.abc import Callable
from datetime import datetime

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
    """`2026-11-20T15:04:05Z` as `20 Nov 2026`."""
    moment = datetime.fromisoformat(wire)
    return f"{moment.day} {moment:%b %Y}"


def day_and_time(wire: str) -> str:
    """`2026-11-20T15:04:05Z` as `20 Nov 2026, 15:04`, in UTC as the bank counts."""
    return f"{day(wire)}, {datetime.fromisoformat(wire):%H:%M}"


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
    "day_and_time": day_and_time,
    "month": month,
    "iban": iban,
    "words": words,
}
"""The filters every template has."""
