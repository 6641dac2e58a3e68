"""The currencies that the bank keeps. Imports nothing: the command line starts with it."""

# Digits after the decimal point, ISO 4217:2015 amendment 176. A currency that is not here is not kept by the bank.
MINOR_UNIT_DIGITS = {
    "AUD": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2,
    "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "MYR": 2,
    "NOK": 2, "NZD": 2, "OMR": 3, "PHP": 2, "PLN": 2, "RON": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TRY": 2,
    "USD": 2, "ZAR": 2,
}  # fmt: skip

UNPUBLISHED = ("BHD", "JOD", "KWD", "OMR", "TND")
"""Those of which the European Central Bank publishes no rate: money in one of them is exchanged into no other."""
