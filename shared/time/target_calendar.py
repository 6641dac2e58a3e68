"""The days on which banks of the euro area settle: TARGET's calendar, as the package `holidays` knows it.

Closed are Saturdays, Sundays, New Year's Day, Good Friday, Easter Monday, 1 May and both days of Christmas. The package
knows the years 2000 to 2100; beyond them Saturdays and Sundays alone are closed.
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays

_FRIDAY = 4
_A_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def is_target_day(day: date) -> bool:
    """Whether banks settle on this day."""
    return day.weekday() <= _FRIDAY and day not in _closing_days(day.year)


def following_target_day(day: date) -> date:
    """The day itself when banks settle on it, else the next one on which they do."""
    while not is_target_day(day):
        day += _A_DAY
    return day


def preceding_target_day(day: date) -> date:
    """The day itself when banks settle on it, else the last one before it on which they did."""
    while not is_target_day(day):
        day -= _A_DAY
    return day


@lru_cache(maxsize=64)
def _closing_days(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))
