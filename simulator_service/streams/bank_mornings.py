"""When the bank pays what is arranged: early on its own day, by its own zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from shared.time import clock

HOUR = 6


def morning_us(day: date, zone: str) -> int:
    """The instant of the bank's morning of this day."""
    return clock.from_datetime(datetime(day.year, day.month, day.day, HOUR, tzinfo=ZoneInfo(zone)).astimezone(UTC))


def day_of(instant_us: int, zone: str) -> date:
    """The bank's day at an instant."""
    return datetime.fromtimestamp(instant_us // clock.MICROSECONDS, ZoneInfo(zone)).date()
