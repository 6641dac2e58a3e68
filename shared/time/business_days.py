"""The bank's calendar: which day an instant falls on in the bank's own zone (`BANK_TIME_ZONE`), and where days begin.

Days, months, limits, statements and reports all ask here, so that a payment half an hour past midnight in Berlin
counts for one day everywhere. Instants are microseconds since the epoch.
"""

import os
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.settings import MissingSettingError
from shared.time import clock
from shared.time.clock import MICROSECONDS

DEFAULT_TIME_ZONE = "Europe/Berlin"
QUARTER_US = 15 * 60 * MICROSECONDS
"""Days of every zone begin at a whole quarter of an hour UTC, so what falls into one is of one day."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def time_zone() -> ZoneInfo:
    """`BANK_TIME_ZONE` (default Europe/Berlin). Raises MissingSettingError for a zone that the tz database lacks."""
    return _zone(os.environ.get("BANK_TIME_ZONE") or DEFAULT_TIME_ZONE)


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"BANK_TIME_ZONE is {name!r}; it must be a zone such as Europe/Berlin or UTC"
        raise MissingSettingError(message) from error


def business_day(instant_us: int) -> date:
    """The day that this instant falls on in the bank's zone."""
    return datetime.fromtimestamp(instant_us // MICROSECONDS, time_zone()).date()


def day_number(instant_us: int) -> int:
    """The same day as a whole number, for tables: days since 1 January 1970 in the bank's calendar."""
    return number_of_day(business_day(instant_us))


def number_of_day(day: date) -> int:
    """The number of a day: days since 1 January 1970."""
    return day.toordinal() - _EPOCH_DAY


def day_of_number(number: int) -> date:
    """The day that `day_number` stands for."""
    return date.fromordinal(number + _EPOCH_DAY)


def day_start_us(day: date) -> int:
    """The first instant of a day in the bank's zone (not always midnight: some zones skip that when clocks change)."""
    return _start_us(day.year, day.month, day.day, time_zone())


@lru_cache(maxsize=1024)
def _start_us(year: int, month: int, day: int, zone: ZoneInfo) -> int:
    return clock.from_datetime(datetime(year, month, day, tzinfo=zone).astimezone(UTC))


def instant_on(day: date, hour: int) -> int:
    """When it is this hour of a day in the bank's zone; where clocks are put forward over it, an hour later."""
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=time_zone())
    return clock.from_datetime(moment.astimezone(UTC))


def day_end_us(day: date) -> int:
    """The first instant after a day: the start of the next one. Raises OverflowError for the last day there is."""
    return day_start_us(day + timedelta(days=1))


def month_start_us(day: date) -> int:
    """The first instant of the month of this day."""
    return day_start_us(day.replace(day=1))


def month_end_us(day: date) -> int:
    """The first instant after the month of this day."""
    return day_start_us((day.replace(day=1) + timedelta(days=32)).replace(day=1))


def whole_month(day: date) -> tuple[date, date]:
    """The first and the last day of the month of this day."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def month_name(day: date) -> str:
    """The month of a day as the API writes it: `2026-11`."""
    return f"{day.year:04d}-{day.month:02d}"
