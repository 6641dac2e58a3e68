"""Worlds that are planned to be measured, without a bank."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from shared.time.clock import MICROSECONDS
from simulator_service.behaviours.purchases import CATEGORIES
from simulator_service.people.population import BILL_KINDS, World
from simulator_service.people.preset_people import cadences_of
from simulator_service.planning.base_plan import BasePlan
from simulator_service.planning.event_block import KIND, WAY, EventBlock, Integers, Intent, block, joined
from simulator_service.planning.parties import PartyIds
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.planning.preset_events import PresetEvents
from simulator_service.realism.planned_life import PlannedLife

FIRST_HOUR = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) // 3600
"""When worlds begin that are made to be measured."""
_DAY_S, _WEEK_S = 86_400, 7 * 86_400


def life_of(world: World, days: int) -> PlannedLife:
    """What the first so many days of a world hold."""
    plan = Planner(world).plan
    return _base_life(plan, days) if isinstance(plan, BasePlan) else _preset_life(plan, days)


def _preset_life(told: PresetEvents, days: int) -> PlannedLife:
    plan = told.plan
    start_s = plan.world.start_hour * 3600
    end_s = start_s + days * _DAY_S
    weeks = range(start_s, end_s, _WEEK_S)
    events = joined(plan.between(at_s, min(at_s + _WEEK_S, end_s)) for at_s in weeks)
    return PlannedLife(
        events=events,
        intents=plan.intents,
        start_s=start_s,
        days=days,
        utc_offset_s=_offsets(events.at_s, plan.preset.zone),
        wages_minor=plan.people.budgets.wage_minor,
        cadences=cadences_of(plan.people),
        billing_days=plan.people.billing_days,
        minor_per_unit=plan.world.minor_per_unit,
    )


def _base_life(plan: BasePlan, days: int) -> PlannedLife:
    people, start_us = plan.population.people, plan.world.start_hour * HOUR_US
    events, intents = _columns(plan.events(start_us, start_us + days * 24 * HOUR_US))
    return PlannedLife(
        events=events,
        intents=intents,
        start_s=start_us // MICROSECONDS,
        days=days,
        utc_offset_s=np.zeros(len(events), dtype=np.int64),  # its hours are UTC
        wages_minor=np.array([person.wage_minor for person in people], dtype=np.int64),
        cadences=("twice monthly",) * len(people),
        billing_days=np.array([one.habits.has_credit_card * one.habits.billing_day for one in people], dtype=np.int64),
        minor_per_unit=plan.world.minor_per_unit,
    )


def _columns(events: Sequence[Event]) -> tuple[EventBlock, tuple[Intent, ...]]:
    """Events of the base model as columns, in the same order."""
    ids = PartyIds(CATEGORIES, tuple(kind.service for kind in BILL_KINDS))
    codes: dict[str | None, int] = {}
    intents: dict[Intent, int] = {}
    rows = []
    for event in events:
        for party in (event.source, event.target):
            if party not in codes:
                codes[party] = ids.code_of(party)
        why = Intent(event.id.rpartition(".")[2], event.category, "")
        place = intents.setdefault(why, len(intents))
        at_s, owner = event.effective_at_us // MICROSECONDS, event.id.partition(".")[0]
        number = int(owner[1:]) if owner[1:].isdigit() and owner[0] == "p" else -1
        kind, way = KIND[event.type], WAY[event.way]
        rows.append((at_s, number, codes[event.source], codes[event.target], kind, event.amount_minor, place, way))
    if not rows:
        return joined(()), ()
    at_s, owner, source, target, kind, amount_minor, intent, way = np.array(rows, dtype=np.int64).T
    columns = block(
        at_s,
        owner=owner,
        source=source,
        target=target,
        kind=kind,
        amount_minor=amount_minor,
        intent=intent,
        ordinal=0,
        way=way,
    )
    return columns, tuple(intents)


def _offsets(at_s: Integers, zone: str) -> Integers:
    """How many seconds the clocks of a zone are ahead of UTC at each instant."""
    hours, place = np.unique(at_s // 3600, return_inverse=True)
    known = ZoneInfo(zone)
    ahead = (datetime.fromtimestamp(int(hour) * 3600, known).utcoffset() for hour in hours)
    offsets = np.array([int(one.total_seconds()) if one else 0 for one in ahead], dtype=np.int64)
    return offsets[place]
