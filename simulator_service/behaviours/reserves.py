"""What people need to have when a world begins, so that they can pay what comes before their wages do."""

import numpy as np

from simulator_service.behaviours import obligations
from simulator_service.behaviours.month import Streams
from simulator_service.people.budgets import ratios_at
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import Integers
from simulator_service.streams import amounts, calendar_rules, local_time
from simulator_service.streams.pay_calendars import PAY_CALENDARS, next_payday, paydays_in

DAYS_AHEAD = 182
"""Half a year, in which weeks and months have met in all ways."""
_STEP_SHIFT, _HALF_STEP = np.uint64(56), np.uint64(1 << 55)
"""Riches come in 256 steps, so that one person in thousands does not have more than all others."""


def opening_minor(people: PresetPeople, streams: Streams) -> Integers:
    """What lies on everybody's account at the start: what carries them to their first wage and something for surprises.

    Those who are strained have nothing aside, so theirs carries them through half a year, and nothing more. Some people
    have much more.
    """
    opening, unit = people.preset.opening, people.world.minor_per_unit
    reserve = people.budgets.wage_minor * opening.wage_percent // 100
    steps = people.spread("opening") >> _STEP_SHIFT << _STEP_SHIFT | _HALF_STEP
    rest = opening.rest_mean * unit * ratios_at(steps, opening.rest_spread_millionths)
    due = obligations.due(people, streams, range(people.first_day, people.first_day + DAYS_AHEAD))
    needed = np.where(people.is_strained, _deepest(people, due), _to_first_wage(people, due) + reserve)
    return np.maximum(unit, needed + rest // amounts.MILLION)


def _to_first_wage(people: PresetPeople, due: Integers) -> Integers:
    """What comes before the first wage, and in the morning after it."""
    start = local_time.day_of_number(people.first_day)
    waits = [(next_payday(calendar, start) - start).days for calendar in PAY_CALENDARS]
    days = np.array(waits, dtype=np.int64)[people.calendars]
    arranged = due.cumsum(axis=1)[np.arange(len(people)), days]
    return arranged + obligations.everyday_minor(people, days)


def _deepest(people: PresetPeople, due: Integers) -> Integers:
    """How far below the start everybody's account would fall, if each day cost what it costs on average."""
    flows = -due - obligations.everyday_minor(people, 1)[:, None]
    last = people.first_day + DAYS_AHEAD
    first_on, last_on = local_time.day_of_number(people.first_day), local_time.day_of_number(last)
    for place, calendar in enumerate(PAY_CALENDARS):
        of_it = people.calendars == place
        paid_minor = of_it * (people.budgets.wage_minor * calendar.parts // calendar.whole)
        for month in calendar_rules.months(first_on, last_on):
            for payday in paydays_in(calendar, *month):
                day = local_time.day_number(payday) - people.first_day
                if 0 <= day < DAYS_AHEAD:
                    flows[:, day] += paid_minor
    lowest: Integers = flows.cumsum(axis=1).min(axis=1)
    return -np.minimum(0, lowest)
