"""Paydays, billing days and bank holidays."""

from datetime import date

import pytest

from simulator_service.streams import calendar_rules as rules


@pytest.mark.parametrize(
    ("year", "easter"),
    [(2000, date(2000, 4, 23)), (2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2038, date(2038, 4, 25))],
)
def test_easter_falls_where_the_church_says(year: int, easter: date) -> None:
    assert rules.easter_sunday(year) == easter


def test_paydays_roll_back_over_weekends_and_holidays() -> None:
    assert rules.paydays(2026, 12) == (date(2026, 12, 1), date(2026, 12, 15))
    assert rules.paydays(2026, 11) == (date(2026, 10, 30), date(2026, 11, 13))
    assert rules.paydays(2027, 1) == (date(2026, 12, 31), date(2027, 1, 15))
    assert rules.paydays(2026, 5)[0] == date(2026, 4, 30)


def test_billing_days_29_to_31_fall_on_the_last_day_of_shorter_months() -> None:
    assert rules.day_of_month(2024, 2, 31) == date(2024, 2, 29)
    assert rules.day_of_month(2023, 2, 29) == date(2023, 2, 28)
    assert rules.day_of_month(2026, 4, 31) == date(2026, 4, 30)


@pytest.mark.parametrize(
    ("day", "days"),
    [(date(2026, 11, 3), 10), (date(2026, 11, 13), 0), (date(2026, 12, 16), 15), (date(2026, 10, 31), 13)],
)
def test_the_next_payday_is_found_across_months(day: date, days: int) -> None:
    assert rules.days_to_payday(day) == days


def test_bills_roll_forward_to_the_next_business_day() -> None:
    assert rules.billing_date(2026, 12, 25) == date(2026, 12, 28)
    assert rules.billing_date(2026, 4, 3) == date(2026, 4, 7), "Good Friday to the Tuesday after Easter"
    assert rules.billing_date(2026, 1, 31) == date(2026, 2, 2), "into the next month"


def test_no_date_rolls_further_than_the_margin_the_plan_looks_around() -> None:
    for year in range(2020, 2040):
        for month in range(1, 13):
            for day in range(1, 32):
                nominal = rules.day_of_month(year, month, day)
                assert rules.rolled_forward(nominal) - nominal <= rules.ROLL_MARGIN
                assert nominal - rules.rolled_back(nominal) <= rules.ROLL_MARGIN


def test_months_between_dates_cross_the_year() -> None:
    assert list(rules.months(date(2026, 11, 28), date(2027, 2, 1))) == [(2026, 11), (2026, 12), (2027, 1), (2027, 2)]
