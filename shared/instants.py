"""Points in time in requests: in a body always with their zone, in a query also as a bare date."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _written_out(value: object) -> object:
    """Pydantic alone would also read numbers, as seconds since the epoch or milliseconds, whichever it guesses."""
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise PydanticCustomError("instant_format", 'must be a time with its zone such as "2026-11-20T15:04:05Z"')
    return value


def _in_range(moment: datetime) -> datetime:
    if moment < _EPOCH or moment.year > 9000:
        message = "is not a time this bank can book"
        raise ValueError(message)
    return moment


def _day_or_instant(value: object) -> object:
    is_day = isinstance(value, str) and len(value) == 10 and _is_day(value)
    return _written_out(f"{value}T00:00:00Z" if is_day else value)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_in_range)]
"""A field of a request body."""

QueryInstant = Annotated[AwareDatetime, BeforeValidator(_day_or_instant), AfterValidator(_in_range)]
"""A query parameter; a bare date is its first moment in UTC."""
