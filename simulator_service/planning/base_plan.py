"""The plan of the base model, whose people live by three profiles: the same events for ever, byte for byte."""

from collections.abc import Iterable

import numpy as np

from simulator_service.behaviours.purchases import PurchaseStreams, hour_of_purchase, purchase_id
from simulator_service.behaviours.schedule import Schedule
from simulator_service.people.population import Population, World
from simulator_service.planning.planned_event import HOUR_US, Event, extended_log_sha256


class BasePlan:
    """The base model's population with its streams ready to be read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.population = Population(world)
        self._purchases = PurchaseStreams(self.population)
        self._schedule = Schedule(self.population)

    def events(self, start_us: int, end_us: int) -> list[Event]:
        """Events with start <= effective < end, by time, then by id."""
        first_hour, last_hour = start_us // HOUR_US, -(-end_us // HOUR_US)
        purchases = self._purchases.between(first_hour, last_hour)
        events = [event for event in purchases if start_us <= event.effective_at_us < end_us]
        events.extend(self._schedule.between(start_us, end_us))
        return sorted(events, key=lambda event: (event.effective_at_us, event.id))

    def wages(self, start_us: int, end_us: int) -> list[Event]:
        """The wages among them, in the same order."""
        return self._schedule.wages(start_us, end_us)

    def purchases_of(self, captures: Iterable[Event]) -> dict[str, Event]:
        """The purchases that merchants collect by these events, by the ids of the events."""
        wanted = {purchase_id(capture): capture.id for capture in captures}
        hours = sorted({hour_of_purchase(event_id) for event_id in wanted})
        bought = self._purchases.bought_in(np.array(hours, dtype=np.int64)) if hours else []
        return {wanted[event.id]: event for event, _ in bought if event.id in wanted}

    def extended_sha256(self, digest: str, events: Iterable[Event]) -> str:
        """The fingerprint of a plan after these further events."""
        return extended_log_sha256(digest, events)
