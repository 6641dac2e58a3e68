"""Wages on each pay calendar's days, each payroll's at an hour of its own before the bank's morning; and what the
employer's own customers pay some days before."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from simulator_service.behaviours.month import Month
from simulator_service.planning.event_block import KIND, EventBlock, Integers, Intent, block
from simulator_service.planning.parties import OUTSIDE
from simulator_service.streams import calendar_rules, local_time
from simulator_service.streams.pay_calendars import PAY_CALENDARS, paydays_in
from simulator_service.streams.randomness import bounded, draws, stream_key

INTENTS = (Intent("wage", "salary", "Salary {source}"), Intent("receipt", "business", "Invoice {number} paid"))
LAST_HOUR = 5
"""Wages come before it, and the bank pays what is arranged after it."""
PAID_TOGETHER = 25
"""A payroll of many people is run in parts."""
_RECEIPT_SPREAD = 50_000


def wage_minor(month: Month, place: int) -> Integers:
    """What one payment of a pay calendar comes to, for everybody."""
    calendar = PAY_CALENDARS[place]
    return month.people.budgets.wage_minor * calendar.parts // calendar.whole


def events(month: Month, first_intent: int) -> Iterator[EventBlock]:
    """The month's wages and receipts."""
    people = month.people
    hour, second = _payroll_times(month)
    for place, calendar in enumerate(PAY_CALENDARS):
        of_it = people.calendars == place
        if not of_it.any():
            continue
        paid_minor = wage_minor(month, place)
        for nth, payday in enumerate(paydays_in(calendar, month.year, month.month)):
            day = np.full(len(people), local_time.day_number(payday))
            yield block(
                local_time.instants(day, hour, second, people.world.zone),
                owner=people.numbers,
                source=people.employers,
                target=people.persons,
                kind=KIND["payroll"],
                amount_minor=paid_minor,
                intent=first_intent,
                ordinal=month.number * 1000 + nth,
            ).picked(of_it)
            before = [_business_day_before(payday, days) for days in (1, 2, 3)]
            yield block(
                month.moments("receipt", np.array(before)[month.below("receipt day", 3, nth)], 8, 10, nth),
                owner=people.numbers,
                source=OUTSIDE,
                target=people.employers,
                kind=KIND["deposit"],
                amount_minor=month.varied(paid_minor, "receipt", _RECEIPT_SPREAD, nth),
                intent=first_intent + 1,
                ordinal=month.number * 1000 + nth,
            ).picked(of_it)


def _business_day_before(payday: date, days: int) -> int:
    return local_time.day_number(calendar_rules.rolled_back(payday - timedelta(days=days)))


def _payroll_times(month: Month) -> tuple[Integers, Integers]:
    """The hour of the payroll that everybody is on, and each one's second of it: it takes some minutes."""
    people, seed = month.people, month.people.world.seed
    employers, place = np.unique(people.founders, return_inverse=True)
    keys = np.array([stream_key(seed, f"e{number}", "payroll") for number in employers.tolist()], dtype=np.uint64)
    parts = people.calendars + len(PAY_CALENDARS) * (people.numbers // PAID_TOGETHER)
    word = draws(keys[place], parts.astype(np.uint64))
    return bounded(word, LAST_HOUR), 60 * bounded(word << np.uint64(24), 40) + month.below("wage second", 1200)
