"""The days of orders against a calendar that is walked day by day, and how names are compared."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.time import business_days, clock
from shared.time.target_calendar import is_target_day
from tests.thoroughness import often
from transaction_service.orders.enums import ExecutionRule, Frequency, NameMatch
from transaction_service.orders.payee_names import compare_names
from transaction_service.orders.schedule import EXECUTION_HOUR, RETRY_HOUR, Schedule, retry_at

EXAMPLES = often(60, 600)
A_DAY = timedelta(days=1)
DAYS = {"daily": 1, "weekly": 7, "two_weekly": 14}
MONTHS = {"monthly": 1, "two_monthly": 2, "quarterly": 3, "half_yearly": 6, "yearly": 12}
dates = st.dates(date(2024, 1, 1), date(2040, 12, 31))
frequencies = st.sampled_from([one.value for one in Frequency])


def is_last_of_month(day: date) -> bool:
    return (day + A_DAY).month != day.month


def is_named(day: date, first: date, frequency: str) -> bool:
    """Whether an order that begins on a day falls on another, told from those two alone."""
    if day < first:
        return False
    if frequency in DAYS:
        return (day - first).days % DAYS[frequency] == 0
    months = (day.year - first.year) * 12 + day.month - first.month
    is_its_day = day.day == first.day or (is_last_of_month(day) and first.day > day.day)
    return months % MONTHS[frequency] == 0 and is_its_day


@settings(max_examples=EXAMPLES, deadline=None)
@given(first=dates, frequency=frequencies, length=st.integers(0, 900))
def test_an_order_falls_on_the_days_that_a_calendar_names(first: date, frequency: str, length: int) -> None:
    last = first + timedelta(days=length)
    schedule = Schedule(first, last, frequency)
    found = []
    day = schedule.first_day()
    while day is not None:
        found.append(day)
        day = schedule.day_after(day)
    walked = [first + timedelta(days=number) for number in range(length + 1)]
    assert found == [day for day in walked if is_named(day, first, frequency)]


@settings(max_examples=EXAMPLES, deadline=None)
@given(first=dates, frequency=frequencies, asked=dates)
def test_the_next_day_is_the_first_that_is_later(first: date, frequency: str, asked: date) -> None:
    found = Schedule(first, None, frequency).day_after(asked)
    assert found is not None
    assert found > asked
    assert is_named(found, first, frequency)
    between = max(asked + A_DAY, first)
    while between < found:
        assert not is_named(between, first, frequency)
        between += A_DAY


@settings(max_examples=EXAMPLES, deadline=None)
@given(day=dates, rule=st.sampled_from([one.value for one in ExecutionRule]))
def test_banks_settle_on_the_day_of_an_execution_and_on_none_between(day: date, rule: str) -> None:
    found = Schedule(day, execution_rule=rule).execution_day(day)
    step = A_DAY if rule == "following" else -A_DAY
    passed_over = day
    while passed_over != found:
        assert not is_target_day(passed_over)
        passed_over += step
    assert is_target_day(found)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(day=dates)
def test_both_hours_are_those_of_the_zone_whatever_its_clocks_do(zone: str, day: date) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANK_TIME_ZONE", zone)
        due = Schedule(day).due_at(day)
        for instant, hour in ((due, EXECUTION_HOUR), (retry_at(due), RETRY_HOUR)):
            local = datetime.fromtimestamp(instant // clock.MICROSECONDS, UTC).astimezone(ZoneInfo(zone))
            assert (local.date(), local.hour, local.minute) == (Schedule(day).execution_day(day), hour, 0)
        assert business_days.business_day(due) == Schedule(day).execution_day(day)


@settings(max_examples=EXAMPLES, deadline=None)
@given(first=dates, frequency=frequencies, instant=dates, rule=st.sampled_from([one.value for one in ExecutionRule]))
def test_nothing_that_is_resumed_is_paid_for_a_time_that_has_passed(
    first: date, frequency: str, instant: date, rule: str
) -> None:
    schedule = Schedule(first, None, frequency, rule)
    now = business_days.instant_on(instant, 12)
    found = schedule.day_due_after(now)
    assert found is not None
    assert schedule.due_at(found) > now
    earlier = max(first, instant - timedelta(days=20))
    while earlier < found:
        assert not is_named(earlier, first, frequency) or schedule.due_at(earlier) <= now
        earlier += A_DAY


names = st.lists(
    st.sampled_from(["Ada", "Álvaro", "Björn", "Chloë", "Jürgen", "Øystein", "Łukasz", "Nguyễn", "Stone"]),
    min_size=2,
    max_size=4,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(words=names, order=st.randoms(use_true_random=False))
def test_capitals_accents_and_the_order_of_a_name_do_not_matter(words: list[str], order: object) -> None:
    shuffled = list(words)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compare_names(", ".join(shuffled).upper(), " ".join(words)) is NameMatch.MATCH


@settings(max_examples=EXAMPLES, deadline=None)
@given(typed=st.text(max_size=40), holder=st.text(max_size=40))
def test_any_two_texts_can_be_compared(typed: str, holder: str) -> None:
    assert compare_names(typed, holder) in NameMatch
