"""What went where, out of a report of transactions: the largest categories of each currency, and the rest. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.web.charts import chart_data
from gateway.web.charts.chart_data import Share

SHOWN_CATEGORIES = 6


@dataclass(frozen=True, slots=True)
class Spending:
    """All that was spent in one currency, the largest category first."""

    currency: str
    total: str
    shares: list[Share]


def spending(report: dict[str, Any]) -> list[Spending]:
    """The spending of each currency in which something was spent, out of `GET /api/reports/transactions`."""
    return [
        Spending(
            one["currency"],
            one["expense"],
            chart_data.shares(chart_data.spending(one["by_category"], one["currency"], SHOWN_CATEGORIES)),
        )
        for one in report["currencies"]
        if Decimal(one["expense"])
    ]
