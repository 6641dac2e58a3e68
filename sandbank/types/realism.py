"""How like life a world is."""

from typing import TypedDict


class RealismTarget(TypedDict):
    """A measure of a world, the range in which it is met, and where that comes from. `unit` is money, share or
    nothing."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    source: str
    observed: float
    worlds: list[float]
    met: bool


class Scorecard(TypedDict):
    """How like life a world is."""

    preset: str
    seed: int
    customers: int
    days: int
    targets: list[RealismTarget]
