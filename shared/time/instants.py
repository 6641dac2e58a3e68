"""Points in time in requests: always with their zone. Ranges in queries are read by `shared/time/date_ranges.py`."""

import re
from datetime import UTC, datetime
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


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_in_range)]
"""A field of a request body."""
