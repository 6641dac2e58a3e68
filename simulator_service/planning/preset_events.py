"""The plan of a world with a preset as events with text, for the bank: made of its columns when they are posted."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from hashlib import sha256

import numpy as np

from shared.time.clock import MICROSECONDS
from simulator_service.behaviours.openings import FIRM
from simulator_service.behaviours.visits import ORDINALS_A_DAY
from simulator_service.people.population import World
from simulator_service.people.preset_population import PresetPopulation
from simulator_service.planning.event_block import KINDS, WAYS, EventBlock
from simulator_service.planning.planned_event import Event, log_line
from simulator_service.planning.preset_plan import PresetPlan
from simulator_service.presets.preset import Preset

_INVOICES_FROM, _INVOICES = 10_000, 90_000


class PresetEvents:
    """Plans as `BasePlan` does."""

    def __init__(self, world: World, preset: Preset) -> None:
        self.plan = PresetPlan(world, preset)
        self._preset_digest = preset.digest()

    @cached_property
    def population(self) -> PresetPopulation:
        """People and firms by name; made when they are first wanted."""
        return PresetPopulation(self.plan.people, self.plan.firms(), self.plan.ids)

    def events(self, start_us: int, end_us: int) -> list[Event]:
        """Events with start <= effective < end, in order."""
        return self._told(self.plan.between(-(-start_us // MICROSECONDS), -(-end_us // MICROSECONDS)))

    def wages(self, start_us: int, end_us: int) -> list[Event]:
        """The wages among them, in the same order."""
        return self._told(self.plan.wages(-(-start_us // MICROSECONDS), -(-end_us // MICROSECONDS)))

    def purchases_of(self, captures: Iterable[Event]) -> dict[str, Event]:
        """The purchases that merchants collect by these events, by the ids of the events."""
        wanted: dict[tuple[int, int], str] = {}
        for capture in captures:
            person, day, nth, _ = capture.id.split(".")
            wanted[int(person[1:]), int(day[1:]) * ORDINALS_A_DAY + int(nth)] = capture.id
        if not wanted:
            return {}
        days = sorted({ordinal // ORDINALS_A_DAY for _, ordinal in wanted})
        bought = self.plan.bought_on(range(days[0], days[-1] + 1))
        pairs = zip(bought.owner.tolist(), bought.ordinal.tolist(), strict=True)
        chosen = np.array([place for place, pair in enumerate(pairs) if pair in wanted], dtype=np.int64)
        found = bought.picked(chosen)
        ids = [wanted[pair] for pair in zip(found.owner.tolist(), found.ordinal.tolist(), strict=True)]
        return dict(zip(ids, self._told(found), strict=True))

    def extended_sha256(self, digest: str, events: Iterable[Event]) -> str:
        """The fingerprint of a plan after these further events: ids, numbers and the preset, never names."""
        link = bytes.fromhex(digest)
        for event in events:
            link = sha256(link + self._preset_digest + log_line(event._replace(description=""))).digest()
        return link.hex()

    def _told(self, events: EventBlock) -> list[Event]:
        columns = (events.at_s, events.owner, events.source, events.target, events.kind)
        further = (events.amount_minor, events.intent, events.way, events.ordinal)
        rows = zip(*(column.tolist() for column in (*columns, *further)), strict=True)
        return [self._event(row) for row in rows]

    def _event(self, row: tuple[int, ...]) -> Event:
        at_s, owner, source, target, kind, amount_minor, place, way, ordinal = row
        intent, ids = self.plan.intents[place], self.plan.ids
        source_id, target_id = ids.id_of(source), ids.id_of(target)
        description = intent.description
        if "{" in description:
            description = description.format(
                source=self.population.name_of(source),
                target=self.population.name_of(target),
                number=_INVOICES_FROM + (ordinal * 7919 + owner * 104_729) % _INVOICES,
            )
        return Event(
            id=f"{target_id}.opening" if owner == FIRM else _id(owner, intent.name, ordinal),
            effective_at_us=at_s * MICROSECONDS,
            type=KINDS[kind],
            source=source_id,
            target=target_id,
            amount_minor=amount_minor,
            category=intent.category,
            description=description,
            way=WAYS[way],
        )


def _id(owner: int, name: str, ordinal: int) -> str:
    """`p7.d20454.2.purchase`, `p7.2026-01.rent`, `p7.2026-01.cash3`, `p7.opening`."""
    if name in ("purchase", "collected", "for_dear"):
        return f"p{owner}.d{ordinal // ORDINALS_A_DAY}.{ordinal % ORDINALS_A_DAY}.{name}"
    if not ordinal:
        return f"p{owner}.{name}"
    months, nth = divmod(ordinal, 1000)
    return f"p{owner}.{date(months // 12, months % 12 + 1, 1):%Y-%m}.{name}{nth or ''}"
