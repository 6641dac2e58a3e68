"""The Lorenz curve as a path in a square of 100 by 100. Pure."""

from decimal import Decimal

_SIDE = 100


def lorenz_drawing(points: list[dict[str, str]]) -> str:
    """The path of the curve, from the poorest at the lower left to everybody at the upper right."""
    places = [(_place(point["people"]), _SIDE - _place(point["money"])) for point in points]
    return "M" + " L".join(f"{x:f} {y:f}" for x, y in places)


def _place(share: str) -> Decimal:
    return (Decimal(share) * _SIDE).quantize(Decimal("0.01"))
