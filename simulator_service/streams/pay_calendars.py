"""On which days wages come: five cadences, each on several days of the week or month; rolled back where banks are
closed."""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from simulator_service.streams import calendar_rules
from simulator_service.streams.local_time import day_of_number

_MONTHS_KEPT = 4096
_FIRST_FRIDAY = date(1970, 1, 2)
LONGEST_WAIT = timedelta(days=45)


class PayCalendar(NamedTuple):
    """One way of being paid: every so many weeks from a day on, or on days of the month.

    `parts` over `whole`: what one payment is of a month's wage; the weeks of a year are those of the calendar's 400
    years.
    """

    cadence: str
    weeks: int
    offset: int
    days_of_month: tuple[int, ...]
    parts: int
    whole: int


def _weekly(cadence: str, weeks: int) -> list[PayCalendar]:
    offsets = [7 * week + day for week in range(weeks) for day in (0, -1)]
    return [PayCalendar(cadence, weeks, offset, (), 336 * weeks, 1461) for offset in offsets]


PAY_CALENDARS = (
    *_weekly("weekly", 1),
    *_weekly("biweekly", 2),
    *(PayCalendar("twice monthly", 0, 0, days, 1, 2) for days in (calendar_rules.PAYDAYS, (15, 31))),
    *(PayCalendar("monthly", 0, 0, (day,), 1, 1) for day in (25, 28, 31, 1)),
    *_weekly("four-weekly", 4),
)
"""12 months of 30.4375 days have 52.18 weeks: a week's wage is 336 parts of 1461 of a month's."""


@lru_cache(maxsize=_MONTHS_KEPT)
def paydays_in(calendar: PayCalendar, year: int, month: int) -> tuple[date, ...]:
    """The days of this month on which wages come, in order."""
    first = date(year, month, 1)
    last = calendar_rules.day_of_month(year, month, 31)
    nominal: list[date] = []
    if calendar.weeks:
        day = first - timedelta(days=7 * calendar.weeks)
        day += timedelta(days=(_FIRST_FRIDAY + timedelta(days=calendar.offset) - day).days % (7 * calendar.weeks))
        while day <= last + calendar_rules.ROLL_MARGIN:
            nominal.append(day)
            day += timedelta(days=7 * calendar.weeks)
    else:
        for that in calendar_rules.months(first, last + calendar_rules.ROLL_MARGIN):
            nominal.extend(calendar_rules.day_of_month(*that, day) for day in calendar.days_of_month)
    paid = {calendar_rules.rolled_back(day) for day in nominal}
    return tuple(sorted(day for day in paid if first <= day <= last))


def next_payday(calendar: PayCalendar, day: date) -> date:
    """The first payday from this day on."""
    months = calendar_rules.months(day, day + LONGEST_WAIT)
    return next(payday for month in months for payday in paydays_in(calendar, *month) if payday >= day)


@lru_cache(maxsize=_MONTHS_KEPT * 16)
def days_since_payday(calendar: PayCalendar, day: int) -> int:
    """How many days ago the last wage came, 0 on a payday; `day` counts from the epoch."""
    on = day_of_number(day)
    months = reversed(list(calendar_rules.months(on - LONGEST_WAIT, on)))
    last = next(payday for month in months for payday in reversed(paydays_in(calendar, *month)) if payday <= on)
    return (on - last).days
