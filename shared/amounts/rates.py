"""Rates of interest and of fees: whole numbers inside, per cent as decimal text outside (`2.25`), never a float."""

import re
from typing import Annotated

from pydantic import Field

from shared.http.field_problems import form

MILLIONTHS_A_PERCENT = 10_000
MAX_NOTICE_DAYS = 366
"""For how long beforehand a product may ask what is to leave an account."""
_MILLIONTHS_A_BASIS_POINT = 100
_DIGITS, _SHOWN_DIGITS = 4, 2
_PATTERN = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$"
_RATE = re.compile(_PATTERN, re.ASCII)

RateText = Annotated[
    str,
    form(_PATTERN, 'must be a rate in per cent from 0 to 100, with four decimals at most, such as "2.25"'),
    Field(description="per cent a year", examples=["1.50"]),
]

_FEE_PATTERN = r"^(20(\.0{1,2})?|1?[0-9](\.[0-9]{1,2})?)$"
FeeRateText = Annotated[
    str,
    form(_FEE_PATTERN, 'must be a part in per cent from 0 to 20, with two decimals at most, such as "1.75"'),
    Field(description="per cent of what is paid", examples=["1.75"]),
]


def parse_fee_rate(text: str) -> int:
    """Hundredths of a percent of a `FeeRateText`. Raises ValueError for a text that is no rate."""
    return parse_rate(text) // _MILLIONTHS_A_BASIS_POINT


def fee_rate_text(basis_points: int) -> str:
    """Per cent with two decimals: 175 hundredths of a percent are `1.75`."""
    return rate_text(basis_points * _MILLIONTHS_A_BASIS_POINT)


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
