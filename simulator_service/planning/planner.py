"""The plan of a world: everything its people intend between two moments, in the order in which it happens.

Pure: no clock, no bank, no hidden state. Any split of a period into steps gives the same events, byte for byte.
"""

from collections.abc import Iterable

from simulator_service.behaviours.terminals import COUNTRY
from simulator_service.people.population import Population, World
from simulator_service.people.preset_population import PresetPopulation
from simulator_service.planning.base_plan import BasePlan
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.preset_events import PresetEvents


class Planner:
    """A world's population with its streams ready to be read: of the base model, or of the world's preset."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.plan: BasePlan | PresetEvents
        self.plan = BasePlan(world) if world.preset is None else PresetEvents(world, world.preset)

    @property
    def population(self) -> Population | PresetPopulation:
        """Its people and firms."""
        return self.plan.population

    @property
    def country(self) -> str:
        """Where its shops are, as two letters."""
        return COUNTRY if self.world.preset is None else self.world.preset.country

    def events(self, start_us: int, end_us: int) -> list[Event]:
        """Events with start <= effective < end, in microseconds since the epoch; nothing before the world began.

        Two events in the same second always reach the bank the same way round.
        """
        start_us = max(start_us, self.world.start_hour * HOUR_US)
        return self.plan.events(start_us, end_us) if end_us > start_us else []

    def wages(self, start_us: int, end_us: int) -> list[Event]:
        """Of these events the wages alone, without planning what else happens."""
        start_us = max(start_us, self.world.start_hour * HOUR_US)
        return self.plan.wages(start_us, end_us) if end_us > start_us else []

    def purchases_of(self, captures: Iterable[Event]) -> dict[str, Event]:
        """The purchases that merchants collect by these events, by the ids of the events."""
        return self.plan.purchases_of(captures)

    def extended_sha256(self, digest: str, events: Iterable[Event]) -> str:
        """The fingerprint of a plan (EMPTY_LOG_SHA256 before its first event) after these further events."""
        return self.plan.extended_sha256(digest, events)
