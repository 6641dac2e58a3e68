"""Interest against a model that knows only what a day is: rates that change, tiers, leap years, all day counts.

What is backdated, the ledger computes again: tests/integration/test_interest_histories.py.
"""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.enums import DayCount
from tests.interest_model import walk
from tests.plans import day_number
from tests.thoroughness import lengths
from transaction_service.interest.accrual import (
    UNITS_IN_A_MINOR_UNIT,
    RatePlan,
    accrue,
    ended_below_zero,
    round_half_even,
)

_FIRST = day_number(date(2023, 10, 1))  # a leap year begins three months later
_LONGEST = 500
_amounts = st.integers(-2_000_000, 2_000_000) | st.integers(-50, 50)
_rates = st.integers(0, 200_000) | st.just(0)
_tiers = st.dictionaries(st.integers(1, 3_000_000), _rates, max_size=3).map(lambda one: tuple(sorted(one.items())))
_changes = st.dictionaries(st.integers(_FIRST, _FIRST + _LONGEST), _amounts, max_size=12)


@st.composite
def _plans(draw: st.DrawFn) -> tuple[RatePlan, ...]:
    starts = draw(st.lists(st.integers(_FIRST - 30, _FIRST + _LONGEST), min_size=0, max_size=4))
    return tuple(
        RatePlan(
            id="",
            code="savings",
            version=number + 1,
            valid_from=start,
            currency="EUR",
            credit_rate=draw(_rates),
            tiers=draw(_tiers),
            day_count=draw(st.sampled_from(DayCount)),
            debit_rate=draw(_rates),
            minimum_balance_minor=draw(st.just(0) | st.integers(0, 100_000)),
        )
        for number, start in enumerate(starts)
    )


@pytest.mark.parametrize("examples", lengths(300, 1_500, 10_000))
def test_interest_is_what_the_days_come_to_one_by_one(examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        plans=_plans(),
        opening=_amounts,
        changes=_changes,
        first=st.integers(_FIRST, _FIRST + 200),
        length=st.integers(0, 300),
    )
    def check(plans: tuple[RatePlan, ...], opening: int, changes: dict[int, int], first: int, length: int) -> None:
        until = first + length
        credit, debit, was_below = walk(plans, opening, changes, first, until)
        found = accrue(plans, opening, changes, first, until)
        assert Fraction(found.credit, UNITS_IN_A_MINOR_UNIT) == credit
        assert Fraction(found.debit, UNITS_IN_A_MINOR_UNIT) == debit
        assert ended_below_zero(opening, changes, first, until) == was_below
        assert round_half_even(found.credit) == round(credit), "a Fraction rounds half to even"

    check()


@pytest.mark.parametrize("examples", lengths(100, 500, 5_000))
def test_a_period_may_be_cut_anywhere_without_gain_or_loss(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(plans=_plans(), opening=_amounts, changes=_changes, cut=st.integers(0, 300))
    def check(plans: tuple[RatePlan, ...], opening: int, changes: dict[int, int], cut: int) -> None:
        first, middle, until = _FIRST, _FIRST + cut, _FIRST + 300
        before = sum(minor for day, minor in changes.items() if first <= day < middle)
        whole = accrue(plans, opening, changes, first, until)
        parts = accrue(plans, opening, changes, first, middle), accrue(plans, opening + before, changes, middle, until)
        assert whole == (parts[0].credit + parts[1].credit, parts[0].debit + parts[1].debit)

    check()


def test_a_month_of_30e_360_always_has_thirty_days() -> None:
    plan = RatePlan("", "savings", 1, 0, "EUR", credit_rate=36_000, day_count=DayCount.THIRTY_E_360)
    months = [date(year, month, 1) for year in (2023, 2024, 2100) for month in range(1, 13)]
    for month in months:
        after = (month + timedelta(days=32)).replace(day=1)
        found = accrue([plan], 100_000, {}, day_number(month), day_number(after))
        assert found.credit == 300 * UNITS_IN_A_MINOR_UNIT, month


def test_half_a_minor_unit_is_rounded_to_the_even_one() -> None:
    half = UNITS_IN_A_MINOR_UNIT // 2
    assert [round_half_even(half * count) for count in (0, 1, 2, 3, 5)] == [0, 0, 1, 2, 2]
    assert [round_half_even(half + 1), round_half_even(half - 1)] == [1, 0]
