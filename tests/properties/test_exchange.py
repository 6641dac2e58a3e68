"""An exchange makes no money and loses none: what is given is the rate's, to half a minor unit, and never comes back
as more than it was."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import BASE
from transaction_service.exchange.conversion import DayRates, Terms, share_of

currencies = st.sampled_from(sorted(MINOR_UNIT_DIGITS))
published = st.decimals("0.001", "99999", places=5).filter(lambda rate: rate > 0)
minors = st.integers(1, 10**15 - 1)
margins = st.integers(0, 9_999)


@st.composite
def days(draw: st.DrawFn) -> DayRates:
    return DayRates(20_000, "a test", draw(margins), {name: draw(published) for name in MINOR_UNIT_DIGITS})


@st.composite
def pairs(draw: st.DrawFn) -> tuple[DayRates, str, str]:
    rates = draw(days())
    source, target = draw(currencies), draw(currencies)
    return rates, source, target


def terms_of(rates: DayRates, source: str, target: str) -> Terms:
    terms = rates.terms(source, target)
    assert terms is not None
    return terms


def worth(minor: int, terms: Terms, rate: Decimal) -> Fraction:
    """What an amount of the source is in minor units of the target, exactly."""
    digits = MINOR_UNIT_DIGITS[terms.target_currency] - MINOR_UNIT_DIGITS[terms.source_currency]
    return minor * Fraction(rate) * Fraction(10) ** digits


@given(pairs(), minors)
def test_what_is_given_is_the_rates_to_the_unit_and_never_more_than_the_reference(
    pair: tuple[DayRates, str, str], minor: int
) -> None:
    terms = terms_of(*pair)
    given_minor = terms.target_minor(minor)
    assert given_minor <= worth(minor, terms, terms.reference_rate)
    assert abs(given_minor - worth(minor, terms, terms.rate)) < 1
    margin = worth(minor, terms, terms.reference_rate) - given_minor
    booked = worth(minor, terms, terms.reference_rate - terms.rate)
    assert abs(margin - booked) < 1


@given(pairs(), minors)
def test_what_is_taken_for_an_amount_is_never_worth_less_than_it(pair: tuple[DayRates, str, str], minor: int) -> None:
    terms = terms_of(*pair)
    taken = terms.source_minor(minor)
    assert worth(taken, terms, terms.reference_rate) >= minor
    assert worth(taken - 1, terms, terms.rate) < minor


@given(pairs(), minors)
def test_there_and_back_is_never_more_than_it_was(pair: tuple[DayRates, str, str], minor: int) -> None:
    rates, source, target = pair
    there, back = terms_of(rates, source, target), terms_of(rates, target, source)
    assert back.target_minor(there.target_minor(minor)) <= minor


@given(pairs(), st.integers(0, 2_000), minors)
def test_the_fee_of_a_product_is_kept_as_margin_is_and_something_is_always_left(
    pair: tuple[DayRates, str, str], fee_bp: int, minor: int
) -> None:
    rates, source, target = pair
    there, back = (rates.terms(*both, fee_bp=fee_bp) for both in ((source, target), (target, source)))
    assert there is not None
    assert back is not None
    assert there.margin_bp == min(rates.margin_bp + fee_bp, 9_999)
    assert there == rates._replace(margin_bp=there.margin_bp).terms(source, target)
    assert there.target_minor(minor) <= terms_of(rates, source, target).target_minor(minor)
    assert back.target_minor(there.target_minor(minor)) <= minor


@given(pairs(), currencies, minors)
def test_round_three_currencies_is_never_more_than_it_was(
    pair: tuple[DayRates, str, str], third: str, minor: int
) -> None:
    rates, first, second = pair
    legs = (terms_of(rates, first, second), terms_of(rates, second, third), terms_of(rates, third, first))
    left = minor
    for terms in legs:
        left = terms.target_minor(left)
    assert left <= minor


@given(st.integers(1, 10**15), st.lists(st.integers(1, 10**12), min_size=1, max_size=20))
def test_parts_taken_back_add_up_to_the_whole(total: int, parts: list[int]) -> None:
    whole, done, got = sum(parts), 0, 0
    for part in parts:
        before, after = share_of(total, done, whole), share_of(total, done + part, whole)
        assert after >= before
        done, got = done + part, got + after - before
    assert got == total


def test_rates_are_cut_to_ten_digits_and_need_none_of_the_euro() -> None:
    rates = DayRates(20_000, "a test", 50, {"IDR": Decimal("17265.13"), "USD": Decimal("1.0887")})
    terms = terms_of(rates, "IDR", BASE)
    assert (terms.reference_rate, terms.rate) == (Decimal("0.00005792021259"), Decimal("0.00005763061152"))
    assert terms_of(rates, BASE, "USD").reference_rate == Decimal("1.0887")
    assert rates.terms("USD", "KWD") is None
    assert terms_of(rates, BASE, "USD").target_minor(100_00) == 108_33
