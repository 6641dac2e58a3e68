"""`from` and `to`, as every list, report and page reads them.

A date alone means the whole day of the bank (shared/time/business_days.py): `from` is its first instant, and `to`
includes it to its last. A time has its zone and is exact: `from` is included, `to` is not. A range that ends before or
as it begins holds no instant: it is refused, beside `to`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from shared.http.payloads import QueryModel
from shared.time import business_days, clock

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1970, 9000

Moment = TypeVar("Moment", date, datetime)

NOT_A_DATE = 'must be a date such as "2026-11-20", or a time with its zone such as "2026-11-20T15:04:05Z"'
OUT_OF_RANGE = f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}"
REVERSED = "must lie after the beginning (`from`)"


class DateRangeError(ValueError):
    """A `from` or `to` that cannot be read; `field` is which of the two, the text a sentence for people."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


@dataclass(frozen=True, slots=True)
class DateRange:
    """From an instant (included) to another (not included), in microseconds; None: no end."""

    since: int | None = None
    until: int | None = None

    def wire(self) -> dict[str, str | None]:
        """As reports name it."""
        return {
            "from": None if self.since is None else clock.to_wire(self.since),
            "to": None if self.until is None else clock.to_wire(self.until),
        }


EVERYTHING = DateRange()
"""From the beginning, without an end."""


def read_date_range(since: str | None, until: str | None) -> DateRange:
    """The range that these two texts name; an absent or empty one is no end. Raises DateRangeError."""
    found = DateRange(
        since=_read("from", since, is_end=False) if since else None,
        until=_read("to", until, is_end=True) if until else None,
    )
    if _is_reversed(found.since, found.until):
        raise DateRangeError("to", REVERSED)
    return found


def _read(field: str, text: str, *, is_end: bool) -> int:
    try:
        return _end_us(text) if is_end else _start_us(text)
    except ValueError as error:
        raise DateRangeError(field, str(error)) from error


def _start_us(text: str) -> int:
    day = _day(text)
    return _instant_us(text) if day is None else business_days.day_start_us(day)


def _end_us(text: str) -> int:
    day = _day(text)
    return _instant_us(text) if day is None else business_days.day_end_us(day)


def _day(text: str) -> date | None:
    """The day that a text alone names; None when it is not of that form."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return _in_range(date.fromisoformat(text))
    except ValueError as error:
        raise ValueError(OUT_OF_RANGE if str(error) == OUT_OF_RANGE else NOT_A_DATE) from error


def _instant_us(text: str) -> int:
    if _INSTANT.fullmatch(text) is None:
        raise ValueError(NOT_A_DATE)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(NOT_A_DATE) from error
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(OUT_OF_RANGE) from error
    return clock.from_datetime(_in_range(moment))


def _in_range(moment: Moment) -> Moment:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(OUT_OF_RANGE)
    return moment


def _is_reversed(since: int | None, until: int | None) -> bool:
    return since is not None and until is not None and until <= since


def _start_of_text(value: object) -> object:
    return _parameter(value, _start_us)


def _start_of_written(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("date_or_instant", NOT_A_DATE)
    return _start_of_text(value)


def _end_of_text(value: object) -> object:
    return _parameter(value, _end_us)


def _parameter(value: object, read: Callable[[str], int]) -> object:
    try:
        return read(value) if isinstance(value, str) else value
    except ValueError as error:
        code = "out_of_range" if str(error) == OUT_OF_RANGE else "date_or_instant"
        raise PydanticCustomError(code, str(error)) from error


_SCHEMA = {
    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}],
    "examples": ["2026-11-20", "2026-11-20T15:04:05.123456Z"],
}
RangeStart = Annotated[int, BeforeValidator(_start_of_text), WithJsonSchema(_SCHEMA)]
"""A query parameter that a range begins with; microseconds."""
RangeEnd = Annotated[int, BeforeValidator(_end_of_text), WithJsonSchema(_SCHEMA)]
"""A query parameter that a range ends with; microseconds, not included."""

DayOrInstant = Annotated[int, BeforeValidator(_start_of_written), WithJsonSchema(_SCHEMA)]
"""A field of a request body: an instant, or a day of the bank, which is its first instant; microseconds."""


class DateRangeQuery(QueryModel):
    """`from` and `to`; without them, everything."""

    since: RangeStart | None = Field(
        None, alias="from", description="the first day, or the first instant, that counts; a day is the bank's"
    )
    until: RangeEnd | None = Field(
        None, alias="to", description="the last day that counts, whole; or the instant before which what counts lies"
    )

    @field_validator("until")
    @classmethod
    def _not_reversed(cls, until: int | None, info: ValidationInfo) -> int | None:
        if _is_reversed(info.data.get("since"), until):
            raise PydanticCustomError("reversed_range", REVERSED)
        return until

    @property
    def date_range(self) -> DateRange:
        """What the two parameters name."""
        return DateRange(self.since, self.until)
