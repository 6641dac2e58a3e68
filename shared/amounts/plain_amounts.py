"""Round amounts that mean the same in every currency: about what they are in euros, in numbers that people choose.

A rule that says 25 means twenty-five euros, 300 kronor, 4,000 yen or 8 dinars. The table is of what one euro is worth
in about these years, rounded so that amounts stay plain; it does not follow the day's rates, so that a rule is the same
tomorrow, and holds where the bank has no rates. Pure.
"""

from decimal import Decimal

from shared.amounts.currencies import MINOR_UNIT_DIGITS

_PER_EURO = {
    "AUD": "1.6", "BHD": "0.4", "BRL": "6", "CAD": "1.6", "CHF": "1", "CNY": "8", "CZK": "24", "DKK": "8", "EUR": "1",
    "GBP": "0.8", "HKD": "8", "HUF": "400", "IDR": "20000", "ILS": "4", "INR": "100", "ISK": "160", "JOD": "0.8",
    "JPY": "160", "KRW": "1600", "KWD": "0.32", "MXN": "20", "MYR": "5", "NOK": "12", "NZD": "2", "OMR": "0.4",
    "PHP": "60", "PLN": "4", "RON": "5", "SEK": "12", "SGD": "1.6", "THB": "40", "TND": "3.2", "TRY": "40", "USD": "1",
    "ZAR": "20",
}  # fmt: skip


def plain_minor(euros: int, currency: str) -> int:
    """The plain amount that so many euros are in a currency, in its minor units; of multiples of 25 a whole number."""
    return int((Decimal(_PER_EURO[currency]) * euros).scaleb(MINOR_UNIT_DIGITS[currency]))
