"""An account's balance over time as a line to draw, from its movements and the balance after each. Pure; whole numbers.

A balance stays as it is until something moves, so the line goes in steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

WIDTH, HEIGHT = 1000, 240
SHORTEST_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Point:
    """The balance (decimal text) from one moment on (as the API writes it)."""

    moment: str
    balance: str


@dataclass(frozen=True, slots=True)
class Trend:
    """`line` and `area` are SVG paths in a box of WIDTH by HEIGHT; its floor is zero or the lowest balance below it."""

    line: str
    area: str
    first: Point
    last: Point
    lowest: Point
    highest: Point


def trend(movements: Sequence[dict[str, Any]], until: str) -> Trend | None:
    """The trend over one account's completed movements, newest first, up to a moment; None when they span no day."""
    points = [Point(it["effective_at"], it["balance_after"]) for it in reversed(movements)]
    if not points:
        return None
    oldest = movements[-1]
    change = Decimal(oldest["amount"])
    before = Decimal(oldest["balance_after"]) + (change if oldest["direction"] == "out" else -change)
    points = [Point(points[0].moment, str(before)), *points]
    last = Point(max(until, points[-1].moment), points[-1].balance)
    if _second(last) - _second(points[0]) < SHORTEST_SECONDS:
        return None
    lowest = min(points, key=lambda point: Decimal(point.balance))
    highest = max(points, key=lambda point: Decimal(point.balance))
    line = _steps([*points, last], floor=min(Decimal(0), Decimal(lowest.balance)), top=Decimal(highest.balance))
    area = f"{line} V{HEIGHT} H0 Z"
    return Trend(line, area, points[0], last, lowest, highest)


def _steps(points: Sequence[Point], *, floor: Decimal, top: Decimal) -> str:
    start, end = _second(points[0]), _second(points[-1])
    height, span = top - floor or Decimal(1), end - start

    def down(point: Point) -> int:
        return int((top - Decimal(point.balance)) * HEIGHT // height)

    steps = [f"M0 {down(points[0])}"]
    steps += [f"H{(_second(point) - start) * WIDTH // span} V{down(point)}" for point in points[1:]]
    return " ".join(steps)


def _second(point: Point) -> int:
    return int(datetime.fromisoformat(point.moment).timestamp())
