"""The clocks of those who live in a world: from their days and hours to instants, daylight saving included."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
_EPOCH = date(1970, 1, 1)
_DAYS_KEPT = 4096


def day_number(day: date) -> int:
    """Days since the epoch."""
    return (day - _EPOCH).days


def day_of_number(number: int) -> date:
    """The day so many days after the epoch."""
    return _EPOCH + timedelta(days=number)


@lru_cache(maxsize=_DAYS_KEPT)
def hour_starts(day: int, zone: str) -> tuple[int, ...]:
    """When each of the 24 hours of a day begins, in seconds since the epoch.

    An hour that clocks leave out in spring is the one after it, and of one that comes twice in autumn it is the first.
    """
    known, on = ZoneInfo(zone), day_of_number(day)
    local = (datetime(on.year, on.month, on.day, hour, tzinfo=known) for hour in range(24))
    return tuple(int(one.astimezone(UTC).timestamp()) for one in local)


def instants(days: Integers, hours: Integers, seconds: Integers, zone: str) -> Integers:
    """Seconds since the epoch of local days, hours and seconds within the hour; arrays of one shape."""
    first = int(days.min()) if days.size else 0
    last = int(days.max()) if days.size else 0
    starts = np.array([hour_starts(day, zone) for day in range(first, last + 1)], dtype=np.int64)
    found: Integers = starts[days - first, hours] + seconds
    return found


def local_day(at_s: int, zone: str) -> int:
    """The day of an instant, in days since the epoch."""
    return day_number(datetime.fromtimestamp(at_s, ZoneInfo(zone)).date())
