"""What a custom report says as a table and as a chart, for one currency. Pure.

What can be added (a number, a sum) is drawn by the first dimension alone; medians and the like cannot be, so each group
has a bar of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.web.custom_reports.words import MEASURES, account_names, value_in_words
from gateway.web.formatting import amount

MOST_BARS, MOST_COLUMNS = 12, 36
_OF_TIME = frozenset({"month", "week", "weekday", "hour"})
_ADDED = frozenset({"sum", "count"})
_DIRECTION, _CURRENCY = "direction", "currency"
_SIDES = {"in": ("Money in", "in"), "out": ("Money out", "out")}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: what the group is called, and its measures as the API has them."""

    names: list[str]
    measures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InCurrency:
    """The table of one currency, what all of it comes to, and the chart of one measure."""

    currency: str
    heads: list[str]
    lines: list[Line]
    totals: Mapping[str, Any] | None
    chart: Row
    left_out: int


def in_currencies(report: Mapping[str, Any], measure: str) -> list[InCurrency]:
    """Each currency of a result, with a chart of this measure."""
    return [_of(report, part, measure) for part in report["currencies"]]


def _of(report: Mapping[str, Any], part: Mapping[str, Any], measure: str) -> InCurrency:
    names = account_names(report)
    by = [name for name in report["dimensions"] if name != _CURRENCY]
    lines = [
        Line([value_in_words(one, group["dimensions"][one], names) for one in by], group["measures"])
        for group in part["groups"]
    ]
    chart, left_out = _chart(report, part, measure, names)
    return InCurrency(part["currency"], by, lines, part["totals"], chart, left_out)


def _chart(
    report: Mapping[str, Any], part: Mapping[str, Any], measure: str, names: Mapping[str, str]
) -> tuple[Row, int]:
    by = [name for name in report["dimensions"] if name not in (_CURRENCY, _DIRECTION)]
    has_sides = _DIRECTION in report["dimensions"]
    drawn_by = by[:1] if measure in _ADDED else by
    bars: dict[str, dict[str, Decimal]] = {}
    for group in part["groups"]:
        key = group["dimensions"]
        label = " \u00b7 ".join(value_in_words(one, key[one], names) for one in drawn_by) or "All transactions"
        side = key[_DIRECTION] if has_sides else ""
        found = bars.setdefault(label, {})
        found[side] = found.get(side, Decimal(0)) + Decimal(str(group["measures"][measure]))
    is_of_time = bool(drawn_by) and drawn_by[0] in _OF_TIME
    labels = _shown(list(bars), bars, is_of_time=is_of_time)
    sides = [side for side in ("in", "out", "") if any(side in found for found in bars.values())]
    nothing = _nothing(part, measure)
    series = [
        {
            "name": _SIDES[side][0] if side else MEASURES[measure],
            "tone": _SIDES[side][1] if side else _tone(report),
            "values": [str(bars[label].get(side, nothing)) for label in labels],
        }
        for side in sides
    ]
    is_bars = not is_of_time and not has_sides and all(sum(bars[label].values()) > 0 for label in labels)
    unit = "transactions" if measure == "count" else part["currency"]
    chart = {"kind": "bars" if is_bars else "columns", "currency": unit, "labels": labels, "series": series}
    return {**chart, "said": _said(chart)}, len(bars) - len(labels)


def _shown(labels: list[str], bars: Mapping[str, Mapping[str, Decimal]], *, is_of_time: bool) -> list[str]:
    """The newest of time; of what has no order the largest."""
    if is_of_time:
        return labels[-MOST_COLUMNS:]
    return sorted(labels, key=lambda label: -sum(abs(value) for value in bars[label].values()))[:MOST_BARS]


def _nothing(part: Mapping[str, Any], measure: str) -> Decimal:
    """Zero with as many decimals as the measure has."""
    _, point, fraction = str(part["groups"][0]["measures"][measure]).partition(".")
    return Decimal(f"0{point}{'0' * len(fraction)}")


def _tone(report: Mapping[str, Any]) -> str:
    return "out" if report["filters"][_DIRECTION] == "out" else "in"


def _said(chart: Mapping[str, Any]) -> str:
    """The highest of what is drawn, in words."""
    tops = []
    for one in chart["series"]:
        values: Sequence[str] = one["values"]
        place = max(range(len(values)), key=lambda at: Decimal(values[at]))
        tops.append(f"{one['name']}: most in {chart['labels'][place]}, {amount(values[place])} {chart['currency']}.")
    return " ".join(tops)
