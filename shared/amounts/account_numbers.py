"""Reading an account number that somebody typed: an IBAN (ISO 13616), one reader for every service and page. Pure.

Spaces, dashes and letter case do not matter. The check digits are computed here: they tell a typing error from an
account that does not exist, before anything is looked up.
"""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

LONGEST_TYPED = 64
NO_ACCOUNT_NUMBER = "must be an account number (IBAN), such as DE89 3704 0044 0532 0130 00"
WRONG_CHECK_DIGITS = "the check digits are wrong; look for a typing error"

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", re.ASCII)
_SEPARATORS = re.compile(r"[\s\u00a0\u2007\u202f\-\u2010-\u2015]+")


def read_account_number(typed: str) -> str:
    """The number as it is stored. Raises ValueError with the end of a sentence for people."""
    number = _SEPARATORS.sub("", typed).upper()
    if _IBAN.fullmatch(number) is None:
        raise ValueError(NO_ACCOUNT_NUMBER)
    if int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 != 1:
        raise ValueError(WRONG_CHECK_DIGITS)
    return number


def _read(value: object) -> object:
    if not isinstance(value, str) or len(value) > LONGEST_TYPED:
        return value
    try:
        return read_account_number(value)
    except ValueError as problem:
        code = "check_digits" if str(problem) == WRONG_CHECK_DIGITS else "account_number"
        raise PydanticCustomError(code, str(problem)) from None


TypedAccountNumber = Annotated[
    str,
    BeforeValidator(_read),
    Field(max_length=LONGEST_TYPED, json_schema_extra={"example": "DE89 3704 0044 0532 0130 00"}),
]
"""An account number in a request; what the service then sees is the number as it is stored."""
