"""What a custom report says as a table and as a chart, for one currency. Pure.

What can be added (a number, a sum) is drawn by the first dimension alone; medians and the like cannot be, so each group
has a bar of its own. Bars are told apart by what groups have in common, not by what that is called: two may be alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.web.custom_reports.words import MEASURES, account_names, names_of
from gateway.web.formatting import amount

MOST_BARS, MOST_COLUMNS = 12, 36
_OF_TIME = frozenset({"month", "week", "weekday", "hour"})
_ADDED = frozenset({"sum", "count"})
_DIRECTION, _CURRENCY = "direction", "currency"
_SIDES = {"in": ("Money in", "in"), "out": ("Money out", "out")}

Row = dict[str, Any]
Key = tuple[Any, ...]
"""What the groups of a bar have in common, as the API has it."""
Bars = dict[Key, dict[str, Decimal]]
Names = Mapping[str, Mapping[Any, str]]


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
    called = _called(report, part)
    by = [name for name in report["dimensions"] if name != _CURRENCY]
    lines = [Line([called[one][group["dimensions"][one]] for one in by], group["measures"]) for group in part["groups"]]
    chart, left_out = _chart(report, part, measure, called)
    return InCurrency(part["currency"], by, lines, part["totals"], chart, left_out)


def _called(report: Mapping[str, Any], part: Mapping[str, Any]) -> Names:
    """What each value of each dimension is called."""
    accounts = account_names(report)
    return {
        one: names_of(one, (group["dimensions"][one] for group in part["groups"]), accounts)
        for one in report["dimensions"]
    }


def _chart(report: Mapping[str, Any], part: Mapping[str, Any], measure: str, called: Names) -> tuple[Row, int]:
    by = [name for name in report["dimensions"] if name not in (_CURRENCY, _DIRECTION)]
    has_sides = _DIRECTION in report["dimensions"]
    drawn_by = by[:1] if measure in _ADDED else by
    bars: Bars = {}
    for group in part["groups"]:
        values = group["dimensions"]
        found = bars.setdefault(tuple(values[one] for one in drawn_by), {})
        side, size = values[_DIRECTION] if has_sides else "", Decimal(str(group["measures"][measure]))
        found[side] = found.get(side, Decimal(0)) + size if measure in _ADDED else size
    is_of_time = bool(drawn_by) and drawn_by[0] in _OF_TIME
    shown = _shown(bars, is_of_time=is_of_time)
    labels = [_label(key, drawn_by, called) for key in shown]
    sides = [side for side in ("in", "out", "") if any(side in found for found in bars.values())]
    nothing = _nothing(part, measure)
    series = [
        {
            "name": _SIDES[side][0] if side else MEASURES[measure],
            "tone": _SIDES[side][1] if side else _tone(report),
            "values": [str(bars[key].get(side, nothing)) for key in shown],
        }
        for side in sides
    ]
    is_bars = not is_of_time and not has_sides and all(min(bars[key].values()) > 0 for key in shown)
    unit = "transactions" if measure == "count" else part["currency"]
    chart = {"kind": "bars" if is_bars else "columns", "currency": unit, "labels": labels, "series": series}
    return {**chart, "said": _said(chart)}, len(bars) - len(shown)


def _shown(bars: Bars, *, is_of_time: bool) -> list[Key]:
    """The newest of time; of what has no order the largest."""
    keys = list(bars)
    if is_of_time:
        return keys[-MOST_COLUMNS:]
    return sorted(keys, key=lambda key: -max(abs(value) for value in bars[key].values()))[:MOST_BARS]


def _label(key: Key, drawn_by: Sequence[str], called: Names) -> str:
    parts = [called[one][value] for one, value in zip(drawn_by, key, strict=True)]
    return " \u00b7 ".join(parts) or "All transactions"


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
