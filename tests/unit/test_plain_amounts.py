"""Plain amounts are whole, about the same everywhere, and there are some in every currency that the bank keeps."""

import pytest
from currency_converter import CurrencyConverter

from shared.amounts import money
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.plain_amounts import plain_minor
from transaction_service.card_bills.statement import minimum_minor

_FIXED = {"BHD": "0.376", "JOD": "0.709", "KWD": "0.307", "OMR": "0.3845", "TND": "3.1"}
"""What a dollar is in currencies that the European Central Bank has no rates for."""


@pytest.fixture(scope="module")
def history() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", "25.00"), ("JPY", "4000"), ("KWD", "8.000"), ("SEK", "300.00")]
)
def test_twenty_five_euros_are_a_plain_amount(currency: str, amount: str) -> None:
    assert money.to_text(plain_minor(25, currency), currency) == amount
    assert minimum_minor(plain_minor(200, currency), currency) == plain_minor(25, currency)


@pytest.mark.parametrize("currency", sorted(MINOR_UNIT_DIGITS))
def test_a_plain_amount_is_about_what_it_is_in_euros(history: CurrencyConverter, currency: str) -> None:
    if currency in _FIXED:
        dollars = history.convert(25, "EUR", "USD")
        worth = dollars * type(dollars)(_FIXED[currency])
    else:
        last_day = None if currency == "EUR" else history.bounds[currency].last_date
        worth = history.convert(25, "EUR", currency, last_day)
    plain = plain_minor(25, currency) / 10 ** MINOR_UNIT_DIGITS[currency]
    assert plain == int(plain), "a whole number"
    assert 2 / 3 < plain / float(worth) < 3 / 2
