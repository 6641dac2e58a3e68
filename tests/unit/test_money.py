"""Amounts are read exactly or refused; nothing in between."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import AmountText, Money, parse_amount, to_text


class Body(BaseModel):
    amount: AmountText


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("0.01", "EUR", 1),
        ("12", "EUR", 1200),
        ("12.3", "EUR", 1230),
        ("5", "JPY", 5),
        ("1.234", "KWD", 1234),
        ("007", "EUR", 700),
    ],
)
def test_an_amount_is_read_in_its_currencys_minor_units(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(("text", "currency"), [("0.001", "EUR"), ("0.5", "JPY"), ("1.2345", "KWD"), ("1", "ABC")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals|currency|amount"):
        parse_amount(text, currency)


HOSTILE = ["NaN", "Infinity", "-1", "+1", "0", "0.00", "1e3", "1e1000000", "１２", "1_000", "", " 1", "1 ", "1.", ".5"]


@pytest.mark.parametrize(
    "value", [*HOSTILE, "9" * 16, "9" * 5000, True, False, None, 1.5, -3, 2**53 + 1, 2**63, [], {}]
)
def test_a_hostile_amount_is_refused_at_once(value: object) -> None:
    started = time.thread_time()  # what it costs, however busy the machine is
    with pytest.raises(ValidationError):
        Body(amount=value)
    assert time.thread_time() - started < 0.1


def test_a_whole_json_number_is_an_amount() -> None:
    assert Body(amount=12).amount == "12"


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(sorted(MINOR_UNIT_DIGITS)))
def test_text_and_minor_units_are_two_forms_of_one_amount(minor: int, currency: str) -> None:
    text = to_text(minor, currency)
    if minor > 0:
        assert parse_amount(text, currency).minor == minor
    digits = MINOR_UNIT_DIGITS[currency]
    assert len(text.partition(".")[2]) == digits
    assert text.startswith("-") == (minor < 0)
