"""Making account numbers: IBANs of this bank, with the right check digits. Those that people type in are read by
`shared.amounts.account_numbers`.

schwifty takes a tenth of a second to import, so it is loaded when it is first needed, or by `warm_up` in a thread of
its own, and never while a server waits to become ready.
"""

from functools import cache
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from shared.settings import MissingSettingError

if TYPE_CHECKING:
    from schwifty import IBAN

DEFAULT_COUNTRY = "DE"
# The Bundesbank's code: it resolves to a BIC like any other, but no private person banks there, so a number that leaks
# out of a sandbox names nobody's account.
DEFAULT_BANK_CODE = "10000000"
_random = SystemRandom()


def new_account_number(country: str, bank_code: str, *, follows_from: str | None = None) -> str:
    """A random valid IBAN of this bank, national check digit included where the country has one.

    Numbers are random rather than counted, so that knowing one tells nothing about the next. Uniqueness is the
    database's. One that follows from a text is always the same: for simulations that are made again.
    """
    from schwifty import IBAN  # noqa: PLC0415 (loaded late on purpose, see above)

    source = _random if follows_from is None else Random(follows_from)  # noqa: S311 (it is to be known beforehand)
    return str(IBAN.random(country, random=source, bank_code=bank_code))


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
