"""The bank's time, as the journal shows it: how far ahead of real time the bank clock was when.

Other services date what they tell in real time. An entry carries both times, and the bank clock never goes back, so the
most that an entry's own time is ahead of its booking, so far, is how far the clock was ahead by then.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from reporting_service.models import clock_steps, projection_state
from shared.time import business_days, clock
from shared.time.clock import MICROSECONDS

_STEP_US = 3600 * MICROSECONDS
_NOTICE_US = 60 * MICROSECONDS
"""That the clock was moved shows at the next entry only; what was told within a minute before that one came after, as
of a customer who registers and is then given money."""


def take_in(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Learn from journal rows, in order, that follow those seen before."""
    known_us = ahead_us = clock_ahead_us(connection)
    last_step_us = connection.execute(select(clock_steps.c.clock_ahead_us).order_by(clock_steps.c.booked_at.desc()))
    stepped_us = last_step_us.scalars().first() or 0
    steps: dict[int, int] = {}
    for row in rows:
        ahead_us = max(ahead_us, row["effective_at_us"] - row["booked_at_us"])
        if ahead_us - stepped_us >= _STEP_US:
            stepped_us = steps[row["booked_at_us"]] = ahead_us
    if ahead_us != known_us:
        connection.execute(update(projection_state).values(clock_ahead_us=ahead_us))
    if steps:
        _store(connection, steps)


def _store(connection: Connection, steps: dict[int, int]) -> None:
    connection.execute(delete(clock_steps).where(clock_steps.c.booked_at.in_(list(steps))))
    rows = [{"booked_at": booked_at, "clock_ahead_us": ahead_us} for booked_at, ahead_us in steps.items()]
    connection.execute(insert(clock_steps), rows)


def forget(connection: Connection) -> None:
    """Begin anew, by the calendar of the bank's zone as it is set now."""
    connection.execute(delete(clock_steps))
    connection.execute(update(projection_state).values(clock_ahead_us=0, time_zone=business_days.time_zone().key))


def is_of_another_zone(connection: Connection) -> bool:
    """Whether the days were derived by the calendar of another zone than the bank's is now."""
    derived_by: str = connection.execute(select(projection_state.c.time_zone)).scalar_one()
    return derived_by != business_days.time_zone().key


def clock_ahead_us(connection: Connection) -> int:
    """How far ahead of real time the bank clock is known to be."""
    return int(connection.execute(select(projection_state.c.clock_ahead_us)).scalar_one())


def shown_us(connection: Connection) -> int:
    """The bank's time as far as the journal shows it, which does not tell that the clock stands still."""
    return clock.now_us() + clock_ahead_us(connection)


def to_bank_time(connection: Connection) -> Callable[[int], int]:
    """What turns an instant of real time into the bank's time as it was then."""
    query = select(clock_steps.c.booked_at, clock_steps.c.clock_ahead_us).order_by(clock_steps.c.booked_at)
    steps = [(int(row[0]), int(row[1])) for row in connection.execute(query)]
    begins, ahead_us = [step[0] for step in steps], [0, *(step[1] for step in steps)]
    return lambda instant_us: instant_us + ahead_us[bisect_right(begins, instant_us + _NOTICE_US)]
