"""Account numbers are IBANs: made with the right check digits, and checked when somebody types one in.

schwifty takes a tenth of a second to import, so it is loaded when it is first needed, or by `warm_up` in a thread of
its own, and never while a server waits to become ready.
"""

import re
from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING

from shared.errors import invalid
from shared.settings import MissingSettingError

if TYPE_CHECKING:
    from schwifty import IBAN

DEFAULT_COUNTRY = "DE"
# The Bundesbank's code: it resolves to a BIC like any other, but no private person banks there, so a number that leaks
# out of a sandbox names nobody's account.
DEFAULT_BANK_CODE = "10000000"
LONGEST_NUMBER = 34
_TYPED = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", re.ASCII)
_SEPARATORS = str.maketrans("", "", " -")
_random = SystemRandom()


def new_account_number(country: str, bank_code: str) -> str:
    """A random valid IBAN of this bank, national check digit included where the country has one.

    Numbers are random rather than counted, so that knowing one tells nothing about the next. Uniqueness is the
    database's.
    """
    from schwifty import IBAN  # noqa: PLC0415 (loaded late on purpose, see above)

    return str(IBAN.random(country, random=_random, bank_code=bank_code))


def parsed_account_number(text: str) -> str:
    """The canonical form of a typed number; spaces, hyphens and letter case do not matter.

    Raises Refused (422 on `account_number`) when it is no IBAN or its check digits are wrong.
    """
    from schwifty import IBAN  # noqa: PLC0415 (loaded late on purpose, see above)
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415

    number = text.translate(_SEPARATORS).upper()
    if _TYPED.fullmatch(number) is None:
        raise invalid("account_number", "is not an account number (IBAN)")
    try:
        IBAN(number)
    except SchwiftyException:
        raise invalid("account_number", "is not a valid account number (IBAN); check its digits") from None
    return number


@cache
def warm_up(country: str, bank_code: str) -> None:
    """Load schwifty and its table of banks, so that the first customer does not wait for it."""
    _bank_of(new_account_number(country, bank_code))


def check_bank(country: str, bank_code: str) -> None:
    """Raises MissingSettingError when these settings give no valid account number that resolves to a bank."""
    if (country, bank_code) == (DEFAULT_COUNTRY, DEFAULT_BANK_CODE):
        return
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415 (loaded late on purpose, see above)

    try:
        iban = _bank_of(new_account_number(country, bank_code))
    except (SchwiftyException, ValueError, KeyError):
        iban = None
    if iban is None or iban.bank is None or iban.bank_code != bank_code:
        message = f"BANK_COUNTRY={country} and BANK_CODE={bank_code} name no bank; give a bank code of that country"
        raise MissingSettingError(message)


def _bank_of(number: str) -> "IBAN":
    from schwifty import IBAN  # noqa: PLC0415 (loaded late on purpose, see above)

    return IBAN(number, validate_bban=True)
