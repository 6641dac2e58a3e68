"""What custom reports are made of: exact measures against a slow and plain oracle, groups, months and weeks."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_service.custom import grouping, periods
from reporting_service.custom.files.labels import account_names, names_of
from reporting_service.custom.grouping import Grouping, Movement, TooManyAmountsError, TooManyGroupsError
from reporting_service.custom.measures import Group, minor_of, together
from reporting_service.custom.words import Dimension, Measure, Schedule
from shared.time.business_days import day_end_us, day_number, day_start_us

AMOUNTS = st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=60)


def group_of(amounts: list[int]) -> Group:
    group = Group()
    for minor in amounts:
        group.add(minor, is_kept=True)
    return group


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))  # of a Decimal: halves away from zero


@given(AMOUNTS)
def test_every_measure_is_what_all_amounts_say(amounts: list[int]) -> None:
    found = {measure: minor_of(group_of(amounts), measure) for measure in Measure}
    exact = [Decimal(minor) for minor in amounts]
    nine_in_ten = min(one for one in amounts if 10 * sum(other <= one for other in amounts) >= 9 * len(amounts))
    assert found == {
        Measure.COUNT: len(amounts),
        Measure.SUM: sum(amounts),
        Measure.MEAN: rounded(sum(exact) / len(exact)),
        Measure.MEDIAN: rounded(Decimal(median(exact))),
        Measure.MIN: min(amounts),
        Measure.MAX: max(amounts),
        Measure.P90: nine_in_ten,
    }


@pytest.mark.parametrize(
    ("amounts", "mean", "middle", "p90"),
    [([1, 2], 2, 2, 2), ([-1, -2], -2, -2, -1), ([-1, 2], 1, 1, 2),
     ([1] * 9 + [5], 1, 1, 1), ([1] * 8 + [5, 6], 2, 1, 5)],
)  # fmt: skip
def test_halves_go_away_from_zero_and_a_percentile_is_an_amount(
    amounts: list[int], mean: int, middle: int, p90: int
) -> None:
    group = group_of(amounts)
    assert [minor_of(group, one) for one in (Measure.MEAN, Measure.MEDIAN, Measure.P90)] == [mean, middle, p90]


@given(AMOUNTS, AMOUNTS)
def test_groups_together_say_what_one_group_would(some: list[int], others: list[int]) -> None:
    whole = group_of(some + others)
    added = together([group_of(some), Group(), group_of(others)])
    assert [minor_of(added, one) for one in Measure] == [minor_of(whole, one) for one in Measure]


def movement(minor: int, *, on: str = "2026-11-20", currency: str = "EUR", **more: str) -> Movement:
    at = day_start_us(date.fromisoformat(on)) + 9 * 3600 * 10**6
    facts = {"account_id": "a", "type": "transfer", "category": "food", "counterparty": "Shop", **more}
    return Movement(
        facts["account_id"],
        currency,
        minor,
        at,
        day_number(at),
        facts["type"],
        facts["category"],
        facts["counterparty"],
    )


def test_currencies_are_never_added_whatever_it_is_grouped_by() -> None:
    found = Grouping((), (Measure.SUM, Measure.COUNT), is_signed=True)
    for one in (movement(-150), movement(50), movement(-7, currency="JPY"), movement(1234, currency="BHD")):
        found.add(one)
    assert [(part["currency"], part["totals"]) for part in found.shown()] == [
        ("BHD", {"sum": "1.234", "count": 1}),
        ("EUR", {"sum": "-1.00", "count": 2}),
        ("JPY", {"sum": "-7", "count": 1}),
    ]


def test_a_movement_is_of_a_month_a_week_a_weekday_and_an_hour_of_the_bank() -> None:
    dimensions = (Dimension.MONTH, Dimension.WEEK, Dimension.WEEKDAY, Dimension.HOUR, Dimension.DIRECTION)
    found = Grouping(dimensions, (Measure.COUNT,), is_signed=False)
    found.add(movement(-1, on="2027-01-01"))
    (part,) = found.shown()
    assert part["groups"][0]["dimensions"] == {
        "month": "2027-01",
        "week": "2026-W53",
        "weekday": 5,
        "hour": 9,
        "direction": "out",
    }


def test_groups_come_by_time_or_the_largest_first() -> None:
    by_month = Grouping((Dimension.MONTH, Dimension.CATEGORY), (Measure.SUM,), is_signed=True)
    by_category = Grouping((Dimension.CATEGORY,), (Measure.SUM,), is_signed=True)
    for one in (movement(-5, category="rent"), movement(-1, on="2025-01-03", category="tea"), movement(-9)):
        by_month.add(one)
        by_category.add(one)
    months = [row["dimensions"] for row in by_month.shown()[0]["groups"]]
    assert months == [
        {"month": "2025-01", "category": "tea"},
        {"month": "2026-11", "category": "food"},
        {"month": "2026-11", "category": "rent"},
    ]
    rows = by_category.shown()[0]["groups"]
    assert [row["dimensions"]["category"] for row in rows] == ["food", "rent", "tea"]


def test_time_comes_first_wherever_it_stands_among_the_dimensions() -> None:
    found = Grouping((Dimension.CATEGORY, Dimension.MONTH), (Measure.SUM,), is_signed=True)
    for one in (movement(-9), movement(-1, on="2025-01-03", category="tea"), movement(-5, category="art")):
        found.add(one)
    keys = [tuple(row["dimensions"].values()) for row in found.shown()[0]["groups"]]
    assert keys == [("tea", "2025-01"), ("art", "2026-11"), ("food", "2026-11")]


def test_more_than_is_kept_is_refused_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", 2)
    monkeypatch.setattr(grouping, "MOST_AMOUNTS", 3)
    groups = Grouping((Dimension.CATEGORY,), (Measure.SUM,), is_signed=True)
    for name in ("a", "b", "a"):
        groups.add(movement(1, category=name))
    with pytest.raises(TooManyGroupsError):
        groups.add(movement(1, category="c"))
    amounts = Grouping((), (Measure.MEDIAN,), is_signed=True)
    for minor in (1, 2, 3, 3, 2):
        amounts.add(movement(minor))
    with pytest.raises(TooManyAmountsError):
        amounts.add(movement(4))


@given(st.sampled_from(Schedule), st.dates(date(1971, 1, 1), date(2200, 1, 1)))
def test_periods_join_and_the_latest_that_ended_has_ended(schedule: Schedule, day: date) -> None:
    period = periods.period_of(schedule, day)
    assert period.first <= day <= period.last
    following = periods.period_of(schedule, period.last + timedelta(days=1))
    assert following.first == period.last + timedelta(days=1)
    assert following.name > period.name
    assert periods.from_one_to(period, following) == 1
    assert periods.latest_ended(schedule, period.ends_at) == period
    assert periods.latest_ended(schedule, period.ends_at - 1) != period


def test_a_year_of_months_and_of_weeks_is_counted() -> None:
    for schedule, expected in ((Schedule.MONTHLY, 12), (Schedule.WEEKLY, 52)):
        first = periods.period_of(schedule, date(2026, 1, 10))
        assert periods.from_one_to(first, periods.period_of(schedule, date(2027, 1, 10))) == expected


def test_a_month_has_ended_with_its_last_day() -> None:
    november = periods.period_of(Schedule.MONTHLY, date(2026, 11, 30))
    assert november.ends_at == day_end_us(date(2026, 11, 30))
    assert (november.name, november.last) == ("2026-11", date(2026, 11, 30))


def test_what_came_in_is_not_added_to_what_went_out() -> None:
    for is_signed, dimensions, total in (
        (False, (Dimension.DIRECTION,), None),
        (True, (), {"sum": "-0.50"}),
    ):
        found = Grouping(dimensions, (Measure.SUM,), is_signed=is_signed)
        for minor in (-150, 100):
            found.add(movement(minor))
        assert found.shown()[0]["totals"] == total
    one_way = Grouping((Dimension.DIRECTION,), (Measure.SUM,), is_signed=False)
    one_way.add(movement(-150))
    assert one_way.shown()[0]["totals"] == {"sum": "1.50"}


def test_values_that_would_be_called_alike_are_told_apart_on_paper() -> None:
    assert names_of("category", ["food", "Food", "eating_out", "rent"], {}) == {
        "food": "Food (food)",
        "Food": "Food (Food)",
        "eating_out": "Eating out",
        "rent": "Rent",
    }
    assert names_of("counterparty", ["", "The bank"], {}) == {
        "": "The bank (itself)",
        "The bank": "The bank (The bank)",
    }
    alike = {"name": "Savings", "account_number": "DE02120300000000202051"}
    other = {**alike, "account_number": "DE99120300000000202051"}
    accounts = [{"id": "1-aaaaaa", **alike}, {"id": "2-bbbbbb", **alike}, {"id": "3-cccccc", **other}]
    assert account_names({"accounts": accounts[1:]}) == {
        "2-bbbbbb": "Savings DE02120300000000202051",
        "3-cccccc": "Savings DE99120300000000202051",
    }
    assert len(set(account_names({"accounts": accounts}).values())) == 3
