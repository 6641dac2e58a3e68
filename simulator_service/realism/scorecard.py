"""The scorecard: each target with its source, what was observed, and whether that is met."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import median

from simulator_service.presets.loading import PRESETS
from simulator_service.realism import balances, money_measures, time_measures
from simulator_service.realism.planned_life import PlannedLife


@dataclass(frozen=True, slots=True)
class Target:
    """A measure and the range in which it is met. `unit` is `money` (whole units of the currency), `share` or ``."""

    name: str
    title: str
    low: float
    high: float
    source: str
    unit: str = ""
    presets: tuple[str, ...] = PRESETS


@dataclass(frozen=True, slots=True)
class Line:
    """A target and what was observed of it in each world that was measured."""

    target: Target
    observed: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of what was observed."""
        return median(self.observed)

    @property
    def met(self) -> int:
        """In how many of the worlds it is met."""
        return sum(self.target.low <= value <= self.target.high for value in self.observed)

    @property
    def is_met(self) -> bool:
        """Whether all of them meet it."""
        return self.met == len(self.observed)


@cache
def targets() -> tuple[Target, ...]:
    """What targets.toml says, in its order."""
    text = (files("simulator_service.realism") / "targets.toml").read_text()
    return tuple(
        Target(**{**one, "presets": tuple(one.get("presets", PRESETS))}) for one in tomllib.loads(text)["targets"]
    )


def measured(life: PlannedLife) -> dict[str, float]:
    """Every measure of a world by its name."""
    found = money_measures.measures(life) | time_measures.measures(life) | balances.measures(life)
    return {name: float(value) for name, value in found.items()}


def scorecard(preset: str, worlds: Sequence[Mapping[str, float]]) -> list[Line]:
    """The lines of a preset's scorecard for one world or several."""
    return [
        Line(target, tuple(world[target.name] for world in worlds)) for target in targets() if preset in target.presets
    ]


def as_json(line: Line) -> dict[str, object]:
    """A line for programs."""
    target = line.target
    return {
        "name": target.name,
        "title": target.title,
        "unit": target.unit,
        "low": target.low,
        "high": target.high,
        "source": target.source,
        "observed": round(line.middle, 6),
        "worlds": [round(value, 6) for value in line.observed],
        "met": line.is_met,
    }
