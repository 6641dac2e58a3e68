"""Amounts as people type them: exact, or refused; never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.amount_input import exact_amount
from shared.amounts.money import to_text


@pytest.mark.parametrize(
    ("typed", "currency", "exact"),
    [
        ("12", "EUR", "12.00"),
        (" 12.3 ", "EUR", "12.30"),
        ("12,30", "EUR", "12.30"),
        ("1,234.50", "EUR", "1234.50"),
        ("1.234,50", "EUR", "1234.50"),
        ("1 234,5", "EUR", "1234.50"),
        ("1\u202f234\u202f567", "EUR", "1234567.00"),
        ("1,234,567", "EUR", "1234567.00"),
        ("1234.567", "KWD", "1234.567"),
        ("1.234", "KWD", "1.234"),
        ("150 000", "JPY", "150000"),
        ("0,05", "EUR", "0.05"),
        ("9999999999999.99", "EUR", "9999999999999.99"),
    ],
)
def test_what_can_be_read_in_one_way_is_exact(typed: str, currency: str, exact: str) -> None:
    assert exact_amount(typed, currency) == exact


@pytest.mark.parametrize(
    ("typed", "currency"),
    [("1,234", "EUR"), ("1.234", "EUR"), ("1,234", "KWD"), ("1.234", "JPY"), ("12,345", "EUR"), ("123.456", "EUR")],
)
def test_what_can_be_read_in_two_ways_is_refused_and_says_so(typed: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"two ways.*write \d+\."):
        exact_amount(typed, currency)


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "0", "0.00", "0,0", "-5", "+5", "1e5", "NaN", "Infinity", "12 34", "1,23,456", "1,234,56", "1,234.5,0",
        ".50", "5.", "12.345678", "1.50", "\u0661\u0662", "1_000", "EUR 5", "5\u20ac", "0x10", "1" * 16, "1" * 5000,
        "1,234 567", "1..2",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        exact_amount(typed, "JPY" if typed == "1.50" else "EUR")


@given(st.integers(1, 10**15 - 1), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_api_s_own_text_stays_as_it_is(minor: int, currency: str) -> None:
    """What a review puts into its form is typed once more when the form is sent."""
    assert exact_amount(to_text(minor, currency), currency) == to_text(minor, currency)


@given(st.integers(10**3, 10**15 - 1))
def test_grouped_as_the_pages_show_it_is_the_same_amount(minor: int) -> None:
    text = to_text(minor, "EUR")
    whole, _, cents = text.partition(".")
    assert exact_amount(f"{int(whole):,}.{cents}", "EUR") == text
