"""What the server draws of a chart: paths in a box of WIDTH by HEIGHT, and the labels beside it. Pure; whole numbers.

The box is stretched to the chart, so labels are no part of it: they stand beside it at equal distances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.web.charts.scale import Scale, scale_of

WIDTH, HEIGHT = 1000, 400
_MOST_LABELS = 6
_GAP = 0.28
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineDrawing:
    """A balance that stays as it is until something moves, so the line goes in steps. `days` are ISO days."""

    scale: Scale
    line: str
    area: str
    zero: int
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of a month; `label` names month and amount."""

    x: int
    y: int
    width: int
    height: int
    tone: str
    label: str


@dataclass(frozen=True, slots=True)
class ColumnsDrawing:
    """Income and expense side by side; of the months' names, as many are written as have room."""

    scale: Scale
    columns: tuple[Column, ...]
    months: tuple[str, ...]


def draw_line(chart: Row) -> LineDrawing:
    """A drawing of `chart_data.line`."""
    days = [date.fromisoformat(day).toordinal() for day in chart["labels"]]
    values = [Decimal(value) for value in chart["series"][0]["values"]]
    from_zero = chart.get("from_zero", True)
    scale, span = scale_of(values, from_zero=from_zero), max(1, days[-1] - days[0])
    steps = [f"M0 {scale.down(values[0], HEIGHT)}"]
    for day, value in zip(days, values, strict=True):
        steps.append(f"H{(day - days[0]) * WIDTH // span} V{scale.down(value, HEIGHT)}")
    line, zero = f"{' '.join(steps)} H{WIDTH}", scale.down(Decimal(0), HEIGHT) if from_zero else HEIGHT
    count = min(5, span + 1)
    shown = {days[0] + (days[-1] - days[0]) * number // max(1, count - 1) for number in range(count)}
    names = tuple(date.fromordinal(day).isoformat() for day in sorted(shown))
    return LineDrawing(scale, line, f"{line} V{zero} H0 Z", zero, names)


def draw_columns(chart: Row) -> ColumnsDrawing:
    """A drawing of `chart_data.months`."""
    series = [[Decimal(value) for value in one["values"]] for one in chart["series"]]
    scale = scale_of(value for values in series for value in values)
    slot = WIDTH / max(1, len(chart["labels"]))
    width = max(1, int(slot * (1 - _GAP) / len(series)))
    columns = []
    zero = scale.down(Decimal(0), HEIGHT)
    for month, name in enumerate(chart["labels"]):
        for place, values in enumerate(series):
            end = scale.down(values[month], HEIGHT)
            top, height = min(end, zero), abs(end - zero)
            if height or values[month]:
                x = int(slot * month + slot * _GAP / 2) + width * place
                of = chart["series"][place]
                label = f"{name}, {of['name'].lower()}: {of['values'][month]} {chart['currency']}"
                columns.append(Column(x, top, width, max(1, height), of["tone"], label))
    return ColumnsDrawing(scale, tuple(columns), _spread(chart["labels"]))


def _spread(names: Sequence[str]) -> tuple[str, ...]:
    """The names with so many left empty that the others have room."""
    every = -(-len(names) // _MOST_LABELS) or 1
    return tuple(name if number % every == 0 else "" for number, name in enumerate(names))
