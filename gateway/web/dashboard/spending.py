"""What went where, out of a report of transactions: the largest categories of each currency, and the rest. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SHOWN_CATEGORIES = 6


@dataclass(frozen=True, slots=True)
class Share:
    """A category (None: all the rest) and what was spent on it, as decimal text; `width` is per cent of the largest."""

    name: str | None
    amount: str
    width: int


@dataclass(frozen=True, slots=True)
class Spending:
    """All that was spent in one currency, the largest category first."""

    currency: str
    total: str
    shares: list[Share]


def spending(report: dict[str, Any]) -> list[Spending]:
    """The spending of each currency in which something was spent, out of `GET /api/reports/transactions`."""
    return [_of_currency(one) for one in report["currencies"] if Decimal(one["expense"])]


def _of_currency(figures: dict[str, Any]) -> Spending:
    spent = [(row["category"], Decimal(row["expense"])) for row in figures["by_category"] if Decimal(row["expense"])]
    spent.sort(key=lambda row: -row[1])
    largest = spent[0][1]
    shown: list[tuple[str | None, Decimal]] = list(spent[:SHOWN_CATEGORIES])
    rest = spent[SHOWN_CATEGORIES:]
    if rest:
        shown.append((None, sum((row[1] for row in rest), Decimal(0))))
    shares = [Share(name, str(amount), min(100, max(1, int(amount * 100 // largest)))) for name, amount in shown]
    return Spending(figures["currency"], figures["expense"], shares)
