"""The hours of a week as a table of shades: how much of the busiest hour each of them has. Pure."""

from dataclasses import dataclass
from typing import Any

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHADES = 6
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the week; `shade` is 0 for nothing and SHADES for the busiest."""

    hour: int
    count: int
    shade: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A row of hours for each weekday, and what there is to say of them."""

    rows: list[tuple[str, list[Hour]]]
    total: int
    said: str


def heat_map(hours: list[dict[str, Any]]) -> HeatMap:
    """From `GET /api/reports/activity`."""
    counts = {(row["weekday"], row["hour"]): row["count"] for row in hours}
    most = max(counts.values(), default=0)
    rows = [
        (
            name,
            [
                Hour(hour, count, -(-count * SHADES // most) if most else 0)
                for hour in range(_HOURS)
                for count in [counts.get((number, hour), 0)]
            ],
        )
        for number, name in enumerate(WEEKDAYS, start=1)
    ]
    if not most:
        return HeatMap(rows, 0, "Nothing was booked in these days.")
    weekday, hour = next(place for place, count in counts.items() if count == most)
    said = f"Busiest on {WEEKDAYS[weekday - 1]} from {hour}:00 to {hour + 1}:00, with {most:,} transactions."
    return HeatMap(rows, sum(counts.values()), said)
