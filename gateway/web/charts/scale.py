"""The scale of an axis of amounts: round steps that take in zero, and how they are written beside the chart. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_MOST_STEPS = 4
_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_SHORT = ((Decimal(1_000_000_000), "bn"), (Decimal(1_000_000), "M"), (Decimal(1_000), "k"))
MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Scale:
    """From `floor` to `top`; `labels` stand at equal distances, the top's first."""

    floor: Decimal
    top: Decimal
    labels: tuple[str, ...]

    def down(self, value: Decimal, height: int) -> int:
        """How far below the top a value lies in a box of this height."""
        return int((self.top - value) * height / (self.top - self.floor))


def scale_of(values: Iterable[Decimal], *, from_zero: bool = True) -> Scale:
    """The smallest round scale that holds all values, and zero unless that says nothing of them, as of rates."""
    given = [*values, Decimal(0)] if from_zero else list(values)
    lowest, highest = min(given), max(given)
    if lowest == highest:
        highest = lowest + 1
    step = _round_up((highest - lowest) / _MOST_STEPS)
    floor = (lowest / step).to_integral_value(ROUND_FLOOR) * step
    top = (highest / step).to_integral_value(ROUND_CEILING) * step
    steps = int((top - floor) / step)
    return Scale(floor, top, tuple(short(top - step * number) for number in range(steps + 1)))


def _round_up(step: Decimal) -> Decimal:
    power = Decimal(1).scaleb(step.adjusted())
    return next(power * one for one in _ROUND if power * one >= step)


def short(value: Decimal) -> str:
    """`12500` as `12.5k`, `-2000000` as `\u22122M`."""
    sign, size = (MINUS if value < 0 else ""), abs(value)
    for unit, letters in _SHORT:
        if size >= unit:
            return f"{sign}{_plain(size / unit)}{letters}"
    return f"{sign}{_plain(size)}"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
