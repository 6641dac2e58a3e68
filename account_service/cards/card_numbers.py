"""Making card numbers: sixteen digits that pass the check every form makes, in a range that no card network uses."""

from datetime import date
from secrets import SystemRandom

NETWORK = "sandbank"
ISSUER = "990000"
"""What our numbers begin with: 9 is for national use (ISO/IEC 7812), and no scheme has these."""
_OWN_DIGITS = 9
_YEARS_VALID = 4
_random = SystemRandom()


def new_card_number() -> str:
    """A random number of ours. Uniqueness is the database's."""
    digits = f"{ISSUER}{_random.randrange(10**_OWN_DIGITS):0{_OWN_DIGITS}}"
    return digits + check_digit(digits)


def new_security_code() -> str:
    """The three digits on a card's back."""
    return f"{_random.randrange(1000):03}"


def check_digit(digits: str) -> str:
    """Luhn's digit (ISO/IEC 7812-1, annex B) that completes these."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def masked(last4: str) -> str:
    """What is shown of a number: whose it is and its last four digits."""
    return f"{ISSUER}******{last4}"


def expiry_month(day: date) -> str:
    """The last month in which a card issued on this day is valid: `2030-11`."""
    return f"{day.year + _YEARS_VALID:04}-{day.month:02}"
