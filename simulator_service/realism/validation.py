"""The scorecard of a world that lives: its plan, as much of it as is measured while somebody waits."""

from typing import Any

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.time.business_days import time_zone
from simulator_service.models import StoredWorld
from simulator_service.people.population import World
from simulator_service.planning.planned_event import HOUR_US
from simulator_service.presets.loading import BASE, SEED, preset_named
from simulator_service.realism.lives import life_of
from simulator_service.realism.scorecard import as_json, measured, scorecard

MOST_PEOPLE, LEAST_DAYS, MOST_DAYS = 300, 60, 120
"""The first people of a world live as they would without the others; less than two months says nothing of wages."""


def asked_of(stored: StoredWorld) -> tuple[World, str, int]:
    """What is measured of a stored world: its first people, its preset, and how many days from its beginning."""
    start_us, lived_us = stored.start_us or 0, stored.lived_until_us or 0
    world = World(
        stored.seed,
        min(stored.customers, MOST_PEOPLE),
        start_us // HOUR_US,
        10 ** MINOR_UNIT_DIGITS[stored.currency],
        time_zone().key,
        preset_named(stored.preset),
    )
    preset = SEED if stored.preset == BASE else stored.preset
    return world, preset, min(max((lived_us - start_us) // (24 * HOUR_US), LEAST_DAYS), MOST_DAYS)


def scorecard_of(asked: tuple[World, str, int]) -> dict[str, Any]:
    """Plan and measure; takes a second or two."""
    world, preset, days = asked
    lines = scorecard(preset, [measured(life_of(world, days))])
    return {
        "preset": preset,
        "seed": world.seed,
        "customers": world.customers,
        "days": days,
        "targets": [as_json(line) for line in lines],
    }
