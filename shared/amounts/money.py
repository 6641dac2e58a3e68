"""Money: a whole number of minor units with its ISO 4217 currency, and decimal strings on the wire.

The text of an amount is checked by a regular expression before anything is computed from it, because even building a
Decimal from hostile text can burn half a minute (LEDGER rule 2).
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.http.field_problems import FieldError

MAX_DIGITS = 15
_PATTERN = r"^[0-9]{1,15}(\.[0-9]{1,3})?$"
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,3})?", re.ASCII)
_LONGEST_AMOUNT = MAX_DIGITS + 4


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents for EUR) with its currency; never a fraction, never without its currency."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{to_text(self.minor, self.currency)} {self.currency}"


@dataclass(frozen=True, slots=True)
class NumberLiteral:
    """A JSON number with a fraction, exponent or very many digits, kept as the text that was sent.

    No `str`: what asks for text must not take a number for it.
    """

    text: str


def _amount_text(value: object) -> str:
    text = _decimal_text(value)
    if not text.strip("0."):
        raise PydanticCustomError("amount_zero", "must be more than zero")
    return text


def _decimal_text(value: object) -> str:
    if isinstance(value, bool):
        problem = 'must be an amount such as "12.34"'
    elif isinstance(value, int):
        return _checked(str(value)) if -(10**MAX_DIGITS) < value < 10**MAX_DIGITS else _checked("")
    elif isinstance(value, str):
        return _checked(value)
    elif isinstance(value, NumberLiteral):
        return _checked(value.text)
    else:
        problem = 'must be an amount such as "12.34"'
    raise PydanticCustomError("amount_format", problem)


def _checked(text: str) -> str:
    if len(text) > _LONGEST_AMOUNT or _AMOUNT.fullmatch(text) is None:
        raise PydanticCustomError("amount_format", 'must be a positive decimal of at most 15 digits such as "12.34"')
    if len(text) - ("." in text) > MAX_DIGITS:
        raise PydanticCustomError("amount_format", "must have at most 15 digits")
    return text


AmountText = Annotated[
    str,
    BeforeValidator(_amount_text, json_schema_input_type=Annotated[str, StringConstraints(pattern=_PATTERN)]),
    Field(examples=["12.34"]),
]
"""A payload field for a positive amount: a decimal string, or a JSON number whose literal passes the same rule."""
AmountOrZeroText = Annotated[
    str,
    BeforeValidator(_decimal_text, json_schema_input_type=Annotated[str, StringConstraints(pattern=_PATTERN)]),
    Field(examples=["12.34"]),
]
"""The same where it may be nothing."""
MoneyText = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,19}(\.[0-9]{1,3})?$"), Field(examples=["1234.56"])]
"""Money in a reply: a signed decimal string with the currency's digits."""


LARGEST_MOVEMENT_MINOR = 10**11
"""The largest limit for one movement that an account can have, in minor units: ninety million such movements fit into
what a 64-bit number can sum, so no sum of a ledger on one machine leaves it.
"""
LARGEST_MOVEMENT_UNITS = 100_000_000
"""The same in whole units of the currency with the most digits."""
LARGEST_DAILY_UNITS = 1_000_000_000_000
"""The largest limit for a day, in whole units."""


def parse_amount(text: str, currency: str) -> Money:
    """The money that an `AmountText` names in this currency.

    Raises FieldError (a ValueError), with a sentence for people, for an unknown currency or more decimals than it has.
    """
    digits = MINOR_UNIT_DIGITS.get(currency)
    if digits is None:
        raise FieldError("unknown_currency", f"{currency} is not a currency of this bank", currency=currency)
    if len(text) > _LONGEST_AMOUNT or _AMOUNT.fullmatch(text) is None:
        raise FieldError("amount_format", "an amount is a positive decimal of at most 15 digits", limit=MAX_DIGITS)
    whole, _, fraction = text.partition(".")
    if len(fraction) > digits:
        sentence = f"{currency} has {digits} decimals at most"
        raise FieldError("too_many_decimals", sentence, currency=currency, limit=digits)
    minor = int(whole + fraction.ljust(digits, "0"))
    if minor >= 10**MAX_DIGITS:
        raise FieldError("too_many_digits", "an amount has at most 15 digits", limit=MAX_DIGITS)
    return Money(minor, currency)


def to_text(minor: int, currency: str) -> str:
    """The decimal string of a signed number of minor units: `to_text(-5, "EUR")` is `-0.05`."""
    digits = MINOR_UNIT_DIGITS[currency]
    if digits == 0:
        return str(minor)
    text = str(abs(minor)).zfill(digits + 1)
    return f"{'-' if minor < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def details_of(currency: str, **figures: int) -> dict[str, str]:
    """Minor units as details of a refusal: the currency, and each figure's decimal string by its name."""
    return {"currency": currency, **{name: to_text(minor, currency) for name, minor in figures.items()}}
