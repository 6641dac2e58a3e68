"""Days and months of the bank, as requests name them."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 1970, 9000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


def _day(value: object) -> date:
    return _read(value, _DAY, "", "date_type", "must be a date")


def _month(value: object) -> date:
    return _read(value, _MONTH, "-01", "month_type", 'must be a month such as "2026-11"')


def _read(value: object, pattern: re.Pattern[str], rest: str, code: str, sentence: str) -> date:
    try:
        day = date.fromisoformat(value + rest) if isinstance(value, str) and pattern.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise PydanticCustomError(code, sentence)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return day


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-20"]})
]
"""A day of the bank."""
Month = Annotated[
    date,
    BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-11"]}),
]
"""A month of the bank, by its first day."""
