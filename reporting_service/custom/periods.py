"""The months and weeks that reports are run of by themselves. Pure; days are those of the bank.

A week is that of ISO 8601: it begins on a Monday, and belongs to the year that its Thursday is in.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from reporting_service.custom.words import Schedule
from shared.time.business_days import business_day, day_end_us, month_name, whole_month

_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Period:
    """A month or week from its first day to its last."""

    schedule: Schedule
    first: date
    last: date

    @property
    def name(self) -> str:
        """`2026-11`, `2026-W48`."""
        return month_name(self.first) if self.schedule is Schedule.MONTHLY else week_name(self.first)

    @property
    def ends_at(self) -> int:
        """The first instant after it."""
        return day_end_us(self.last)


def period_of(schedule: Schedule, day: date) -> Period:
    """The one that this day is in."""
    if schedule is Schedule.MONTHLY:
        return Period(schedule, *whole_month(day))
    monday = day - timedelta(days=day.isoweekday() - 1)
    return Period(schedule, monday, monday + timedelta(days=_DAYS_OF_A_WEEK - 1))


def week_name(day: date) -> str:
    """The week of a day as the API writes it."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def latest_ended(schedule: Schedule, instant_us: int) -> Period:
    """The last one that has ended by an instant."""
    going_on = period_of(schedule, business_day(instant_us))
    return period_of(schedule, going_on.first - timedelta(days=1))


def from_one_to(earlier: Period, later: Period) -> int:
    """How many periods lie from one to a later one of the same schedule: 1 to the next."""
    if earlier.schedule is Schedule.MONTHLY:
        return (later.first.year - earlier.first.year) * 12 + later.first.month - earlier.first.month
    return (later.first - earlier.first).days // _DAYS_OF_A_WEEK
