"""Points in time in requests: in a body always with their zone, in a query also as a bare date."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field


def _in_range(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9000:
        message = "is not a time this bank can book"
        raise ValueError(message)
    return moment


def _day_or_instant(value: object) -> object:
    return f"{value}T00:00:00Z" if isinstance(value, str) and len(value) == 10 and _is_day(value) else value


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


Instant = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_in_range)]
"""A field of a request body."""

QueryInstant = Annotated[AwareDatetime, BeforeValidator(_day_or_instant), AfterValidator(_in_range)]
"""A query parameter; a bare date is its first moment in UTC."""
