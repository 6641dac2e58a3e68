"""What people need to have when a world begins, so that they can pay what comes before their wages do."""

import numpy as np

from simulator_service.behaviours.month import Month, Streams, month_of
from simulator_service.people.budgets import DAYS_A_MONTH_TIMES_10000, ratios_at
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import Integers
from simulator_service.streams import amounts, local_time
from simulator_service.streams.pay_calendars import PAY_CALENDARS, paydays_in

DAYS_AHEAD = 182
"""Half a year, in which weeks and months have met in all ways."""

_STEP_SHIFT, _HALF_STEP = np.uint64(56), np.uint64(1 << 55)
"""Riches come in 256 steps, so that one person in thousands does not have more than all others."""


def opening_minor(people: PresetPeople, streams: Streams) -> Integers:
    """What lies on everybody's account at the start: what carries them through half a year of usual spending, something
    more for surprises, unless they are strained, and for some much more."""
    opening, unit = people.preset.opening, people.world.minor_per_unit
    reserve = np.where(people.is_strained, 0, people.budgets.wage_minor * opening.wage_percent // 100)
    steps = people.spread("opening") >> _STEP_SHIFT << _STEP_SHIFT | _HALF_STEP
    rest = opening.rest_mean * unit * ratios_at(steps, opening.rest_spread_millionths)
    found: Integers = deepest(people, streams) + reserve + rest // amounts.MILLION
    return np.maximum(unit, found)


def deepest(people: PresetPeople, streams: Streams) -> Integers:
    """How far below the start everybody's account would fall, if each day cost what it costs on average."""
    flows = np.zeros((len(people), DAYS_AHEAD), dtype=np.int64)
    everyday = people.budgets.shopping_minor + people.budgets.cash_minor
    flows -= (everyday * 10_000 // DAYS_A_MONTH_TIMES_10000)[:, None]
    rows, first, last = np.arange(len(people)), people.first_day, people.first_day + DAYS_AHEAD
    begin, end = (year * 12 + month - 1 for year, month in (month_of(first), month_of(last)))

    def add(days: Integers, amount_minor: Integers) -> None:
        seen = (days >= first) & (days < last)
        np.add.at(flows, (rows[seen], days[seen] - first), amount_minor[seen])

    for number in range(begin - 1, end + 1):
        month = Month(people, streams, number // 12, number % 12 + 1)
        add(month.business_days(people.rent_days), -people.budgets.rent_minor)
        add(month.business_days(people.savings_days), -people.budgets.savings_minor)
        for place in range(len(people.preset.bills)):
            add(month.business_days(people.billed_days[:, place]), -people.budgets.bill_minor[:, place])
        for place, calendar in enumerate(PAY_CALENDARS):
            paid_minor = (people.calendars == place) * (people.budgets.wage_minor * calendar.parts // calendar.whole)
            for payday in paydays_in(calendar, month.year, month.month):
                add(np.full(len(people), local_time.day_number(payday)), paid_minor)
    lowest: Integers = flows.cumsum(axis=1).min(axis=1)
    return -np.minimum(0, lowest)
