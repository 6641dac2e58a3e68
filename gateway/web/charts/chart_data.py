"""Charts as data, and a sentence that says the same. Amounts stay decimal text.

The server draws them (gateway.web.charts.drawings), and Plotly for a closer look (static/js/charts.js).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.web.formatting import amount, day, month, words

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """A name and its amount as decimal text; `width` is per cent of the first, which is the largest of those named."""

    name: str
    amount: str
    width: int


MOST_BARS = 8
"""So many categories are drawn; what is smaller stands together as one bar, and alone in the table."""


def line(points: Sequence[Row], currency: str, what: str = "Balance", *, from_zero: bool = True) -> Row:
    """A balance (or `what`) over time; a point is `{"date": "2026-11-20", "balance": "12.34"}` until the next."""
    drawn = {
        "kind": "line",
        "labels": [point["date"] for point in points],
        "from_zero": from_zero,
        "series": [{"name": what, "tone": "in", "values": [point["balance"] for point in points]}],
    }
    if not points:
        return {**drawn, "said": "No points."}
    first, last = points[0], points[-1]
    lowest = min(points, key=lambda point: Decimal(point["balance"]))
    said = (
        f"From {_said(first['balance'], currency)} on {day(first['date'])} to {_said(last['balance'], currency)} on "
        f"{day(last['date'])}; lowest {_said(lowest['balance'], currency)} on {day(lowest['date'])}."
    )
    return {**drawn, "currency": currency, "said": said}


def months(rows: Sequence[Row], currency: str) -> Row:
    """Income beside expense for each month; `rows` are a report's `by_month`."""
    return {
        "kind": "columns",
        "currency": currency,
        "labels": [month(row["month"]) for row in rows],
        "series": [
            {"name": "Income", "tone": "in", "values": [row["income"] for row in rows]},
            {"name": "Expense", "tone": "out", "values": [row["expense"] for row in rows]},
        ],
        "said": " ".join(
            f"{month(row['month'])}: {_said(row['income'], currency)} in, {_said(row['expense'], currency)} out."
            for row in rows[-3:]
        ),
    }


def spending(rows: Sequence[Row], currency: str, most: int = MOST_BARS) -> Row:
    """What was spent on what, the largest first; `rows` are a report's `by_category`."""
    spent = spending_rows(rows)
    bars = [(words(row["category"]), row["expense"]) for row in spent[:most]]
    if rest := spent[most:]:
        bars.append((f"{len(rest)} more", str(sum((Decimal(row["expense"]) for row in rest), Decimal(0)))))
    said = "; ".join(f"{name} {_said(expense, currency)}" for name, expense in bars[:3])
    return {
        "kind": "bars",
        "currency": currency,
        "labels": [name for name, _ in bars],
        "series": [{"name": "Spent", "tone": "out", "values": [expense for _, expense in bars]}],
        "said": f"Most went on {said}." if bars else "Nothing was spent.",
    }


def spending_rows(rows: Sequence[Row]) -> list[Row]:
    """The categories on which something was spent, the largest first."""
    spent = [row for row in rows if Decimal(row["expense"]) > 0]
    return sorted(spent, key=lambda row: Decimal(row["expense"]), reverse=True)


def shares(data: Row) -> list[Share]:
    """The bars of `spending` beside their names."""
    amounts = [Decimal(value) for value in data["series"][0]["values"]]
    return [
        Share(name, str(spent), min(100, max(1, int(spent * 100 // amounts[0]))))
        for name, spent in zip(data["labels"], amounts, strict=True)
    ]


def _said(text: str, currency: str) -> str:
    return f"{amount(text)} {currency}"
