"""From a plan to steps of bank time: each is what happens up to a moment, which is posted before the bank goes on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from shared.time.business_days import QUARTER_US
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.streams.bank_mornings import day_of, morning_us

ITEMS_AT_ONCE = 1000
_EVENTS_PER_PERSON_DAY = 2
_LONGEST_WINDOW_HOURS = 30 * 24
_DAY = timedelta(days=1)


class Step(NamedTuple):
    """A stretch of a world's life up to `until_us`, and what happens in it."""

    until_us: int
    events: list[Event]


def told_steps(planner: Planner, from_us: int, until_us: int) -> Iterator[Step]:
    """Steps of about one batch each, for a past that the bank clock has already reached."""
    while from_us < until_us:
        end_us = min(from_us + _window_us(planner), until_us)
        yield Step(end_us, planner.events(from_us, end_us))
        from_us = end_us


def lived_steps(planner: Planner, from_us: int, until_us: int) -> Iterator[Step]:
    """The same for time that the bank clock still has to pass: a step ends shortly before each of the bank's mornings.

    So what people do is booked before the bank pays what they have arranged, whichever jobs the time is lived in.
    The quarter of an hour is for the bank's clock, which goes on while a step is posted.
    """
    while from_us < until_us:
        end_us = min(from_us + _window_us(planner), _before_next_morning(from_us, planner.world.zone), until_us)
        yield Step(end_us, planner.events(from_us, end_us))
        from_us = end_us


def _window_us(planner: Planner) -> int:
    hours = ITEMS_AT_ONCE * 24 // (_EVENTS_PER_PERSON_DAY * planner.world.customers)
    return min(max(hours, 1), _LONGEST_WINDOW_HOURS) * HOUR_US


def _before_next_morning(moment_us: int, zone: str) -> int:
    day = day_of(moment_us, zone)
    return next(end for days in range(3) if (end := morning_us(day + days * _DAY, zone) - QUARTER_US) > moment_us)
