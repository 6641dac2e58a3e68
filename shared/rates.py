"""Rates of interest: whole millionths a year inside, per cent as decimal text outside (`2.25`), never a float."""

import re
from typing import Annotated

from pydantic import Field

from shared.field_problems import form

MILLIONTHS_A_PERCENT = 10_000
_DIGITS, _SHOWN_DIGITS = 4, 2
_PATTERN = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$"
_RATE = re.compile(_PATTERN, re.ASCII)

RateText = Annotated[
    str,
    form(_PATTERN, 'must be a rate in per cent from 0 to 100, with four decimals at most, such as "2.25"'),
    Field(description="per cent a year", examples=["1.50"]),
]


def parse_rate(text: str) -> int:
    """Millionths a year of a `RateText`. Raises ValueError for any other text."""
    if _RATE.fullmatch(text) is None:
        message = f"{text!r} is no rate in per cent, such as 2.25"
        raise ValueError(message)
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(_DIGITS, "0"))


def rate_text(millionths: int) -> str:
    """Per cent a year, with two decimals or as many as it needs: 22,500 millionths are `2.25`."""
    whole, fraction = divmod(millionths, MILLIONTHS_A_PERCENT)
    decimals = f"{fraction:04d}".rstrip("0").ljust(_SHOWN_DIGITS, "0")
    return f"{whole}.{decimals}"
