"""Instants: stored as whole microseconds since the epoch in UTC, shown as `2026-11-20T15:04:05.123456Z`."""

import time
from datetime import UTC, datetime
from functools import lru_cache

MICROSECONDS = 1_000_000


def now_us() -> int:
    """This machine's time, in microseconds since the epoch."""
    return time.time_ns() // 1_000


def to_wire(instant_us: int) -> str:
    """The instant as the API writes it, to the microsecond, so that `from=` the newest one seen is exact."""
    second, fraction = divmod(instant_us, MICROSECONDS)
    return f"{_second_to_wire(second)}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _second_to_wire(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def from_wire(wire: str) -> int:
    """Microseconds since the epoch of a time as the API writes it. Raises ValueError for any other text."""
    return from_datetime(datetime.fromisoformat(wire))


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        message = "a time needs its zone"
        raise ValueError(message)
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * MICROSECONDS + delta.microseconds
