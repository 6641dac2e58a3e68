"""What recurs, and how evenly money is spread: against histories made by hand, and what no history may break."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_service.analytics.bank_analytics import LORENZ_POINTS, spread
from reporting_service.analytics.customer_analytics import Step, days_between
from reporting_service.analytics.recurring import Payment, Recurring, Rhythm, find

TODAY = date(2026, 11, 20)


def payment(day: date, amount_minor: int = -999, **more: Any) -> Payment:
    facts = {"account_id": "a", "currency": "EUR", "who": "City Power", "description": "", "category": "bills", **more}
    return Payment(day=day, amount_minor=amount_minor, **facts)


def monthly(count: int, day: int = 15, until: date = TODAY, **more: Any) -> list[Payment]:
    found, month = [], until.replace(day=1)
    for _ in range(count):
        found.append(payment(month.replace(day=day), **more))
        month = (month - timedelta(days=1)).replace(day=1)
    return found[::-1]


def test_a_monthly_bill_is_found_with_its_next_day() -> None:
    (found,) = find(monthly(6), TODAY)
    assert found == Recurring(
        "City Power", "a", "EUR", "bills", Rhythm.MONTHLY, -999, 6, date(2026, 11, 15), date(2026, 12, 15)
    )


@pytest.mark.parametrize(
    ("step", "rhythm", "expected"),
    [(7, Rhythm.WEEKLY, 7), (14, Rhythm.TWO_WEEKLY, 14), (91, Rhythm.QUARTERLY, 92), (365, Rhythm.YEARLY, 365)],
)
def test_every_rhythm_is_told(step: int, rhythm: Rhythm, expected: int) -> None:
    payments = [payment(TODAY - timedelta(days=step * back)) for back in range(4)][::-1]
    (found,) = find(payments, TODAY)
    assert (found.rhythm, found.next_on) == (rhythm, TODAY + timedelta(days=expected))


def test_weekends_and_a_missed_month_change_nothing() -> None:
    payments = monthly(9)
    moved = [payment(one.day + timedelta(days=number % 3)) for number, one in enumerate(payments) if number != 4]
    (found,) = find(moved, TODAY)
    assert (found.rhythm, found.times) == (Rhythm.MONTHLY, 8)


def test_what_is_bought_now_and_then_does_not_recur() -> None:
    days = [3, 5, 9, 10, 18, 31, 33, 50]
    assert find([payment(TODAY - timedelta(days=day)) for day in days[::-1]], TODAY) == []
    assert find(monthly(2), TODAY) == []
    wild = [payment(one.day, -(10**number)) for number, one in enumerate(monthly(6))]
    assert find(wild, TODAY) == []


def test_what_has_ended_recurs_no_more() -> None:
    assert find(monthly(6, until=date(2026, 7, 1)), TODAY) == []


def test_a_description_with_another_number_each_time_is_the_same() -> None:
    invoices = [
        payment(one.day, who="", description=f"Invoice {number * 77}") for number, one in enumerate(monthly(4), 1)
    ]
    (found,) = find(invoices, TODAY)
    assert found.name == "Invoice 308"


def test_salary_and_refund_of_one_name_are_two_things() -> None:
    both = sorted([*monthly(4), *monthly(4, day=1, amount_minor=250_000)], key=lambda one: one.day)
    assert [one.amount_minor > 0 for one in find(both, TODAY)] == [True, False]


def test_two_of_one_name_and_two_contracts_with_one_insurer_are_two() -> None:
    both = [
        *monthly(4, other_id="a"),
        *monthly(4, day=1, other_id="b"),
        *monthly(4, day=9, other_id="c", amount_minor=-5000),
    ]
    both += monthly(4, day=20, until=date(2026, 10, 30), other_id="c", amount_minor=-12000)
    found = find(sorted(both, key=lambda one: one.day), TODAY)
    assert len(found) == 4
    assert {one.rhythm for one in found} == {Rhythm.MONTHLY}


def test_the_last_day_of_a_short_month_is_kept() -> None:
    payments = [payment(day) for day in (date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31))]
    (found,) = find(payments, date(2026, 2, 1))
    assert found.next_on == date(2026, 2, 28)


holdings = st.lists(st.integers(0, 10**13), min_size=1, max_size=60).map(sorted)


@given(holdings)
def test_a_spread_is_whole_and_its_curve_rises_below_the_diagonal(rising: list[int]) -> None:
    found = spread(rising, "EUR")
    assert sum(Decimal(one["total"]) for one in found["deciles"]) == Decimal(found["total"])
    curve = [(Decimal(one["people"]), Decimal(one["money"])) for one in found["lorenz"]]
    assert len(curve) == LORENZ_POINTS + 1
    assert curve == sorted(curve)
    assert all(money <= people + Decimal("0.0001") for people, money in curve)
    assert Decimal(0) <= Decimal(found["gini"]) < 1


def test_all_alike_and_all_to_one() -> None:
    assert Decimal(spread([5] * 10, "EUR")["gini"]) == 0
    assert spread([0] * 9 + [100], "EUR")["gini"] == "0.9000"
    assert spread([0, 0], "EUR")["gini"] == "0.0000"
    assert spread([1, 2, 3, 4], "EUR")["gini"] == "0.2500"


def test_points_lie_at_the_end_of_each_step_and_at_the_end() -> None:
    first, last = date(2026, 10, 30), date(2026, 11, 10)
    assert days_between(first, last, Step.MONTH) == [date(2026, 10, 31), last]
    assert days_between(first, last, Step.WEEK) == [date(2026, 11, 1), date(2026, 11, 8), last]
    assert len(days_between(first, last, Step.DAY)) == 12
    assert days_between(last, last, Step.DAY) == [last]
