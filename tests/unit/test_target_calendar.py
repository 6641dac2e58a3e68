"""The days on which banks settle, against the rules of TARGET with Easter computed here."""

from datetime import date, timedelta

import pytest

from shared.time.target_calendar import following_target_day, is_target_day, preceding_target_day


def easter(year: int) -> date:
    """Easter Sunday, by Meeus, Jones and Butcher."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def is_closed(day: date) -> bool:
    if day.weekday() >= 5 or (day.month, day.day) in ((1, 1), (5, 1), (12, 25), (12, 26)):
        return True
    return day - easter(day.year) in (timedelta(days=-2), timedelta(days=1))


@pytest.mark.parametrize("year", [2000, 2016, 2026, 2027, 2038, 2051, 2076, 2100])
def test_banks_settle_on_the_days_that_the_rules_say(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    assert [day for day in days if is_target_day(day) == is_closed(day)] == []


def test_the_next_and_the_last_day_pass_over_easter_and_the_turn_of_the_year() -> None:
    good_friday, easter_monday = date(2026, 4, 3), date(2026, 4, 6)
    assert following_target_day(good_friday) == date(2026, 4, 7)
    assert preceding_target_day(easter_monday) == date(2026, 4, 2)
    assert preceding_target_day(date(2028, 1, 2)) == date(2027, 12, 31)
    assert following_target_day(date(2026, 4, 7)) == preceding_target_day(date(2026, 4, 7)) == date(2026, 4, 7)
