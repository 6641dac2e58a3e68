"""Which day of the bank an instant falls on, and where days and months begin, in zones that change their clocks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.settings import MissingSettingError
from shared.time import business_days, clock


def instant(text: str) -> int:
    return clock.from_datetime(datetime.fromisoformat(text))


def test_half_past_eleven_in_greenwich_is_the_next_day_in_berlin() -> None:
    assert business_days.business_day(instant("2026-11-24T23:30:00Z")) == date(2026, 11, 25)
    assert business_days.business_day(instant("2026-11-24T22:59:59.999999Z")) == date(2026, 11, 24)


def test_the_bank_can_keep_the_days_of_another_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIME_ZONE", "America/New_York")
    assert business_days.business_day(instant("2026-11-25T04:59:59Z")) == date(2026, 11, 24)
    assert business_days.day_start_us(date(2026, 11, 25)) == instant("2026-11-25T05:00:00Z")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-25", 24)])
def test_a_day_is_as_long_as_its_zone_makes_it(day: str, hours: int) -> None:
    on = date.fromisoformat(day)
    length_us = business_days.day_end_us(on) - business_days.day_start_us(on)
    assert length_us == hours * 3600 * clock.MICROSECONDS


def test_a_zone_whose_clocks_skip_midnight_has_a_first_instant_of_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIME_ZONE", "America/Santiago")
    day = date(2026, 9, 6)  # 00:00 does not exist: clocks go from 23:59:59 to 01:00
    start = business_days.day_start_us(day)
    assert business_days.business_day(start) == day
    assert business_days.business_day(start - 1) == date(2026, 9, 5)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Asia/Kathmandu", "America/Santiago", "Pacific/Apia"])
def test_days_follow_each_other_without_gap_or_overlap(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIME_ZONE", name)
    for number in range(20_000, 21_000):
        day = business_days.day_of_number(number)
        end = business_days.day_end_us(day)
        assert business_days.day_number(end - 1) == number
        assert business_days.day_number(end) == number + 1


def test_a_month_is_that_of_the_banks_zone() -> None:
    day = date(2026, 12, 31)
    assert business_days.month_name(day) == "2026-12"
    assert business_days.month_start_us(day) == instant("2026-11-30T23:00:00Z")
    assert business_days.month_end_us(day) == instant("2026-12-31T23:00:00Z")


@pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "../etc/passwd", "Berlin", "/etc/localtime", "\0"])
def test_a_zone_that_does_not_exist_refuses_to_start_with_a_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    business_days.time_zone()
    monkeypatch.setattr("os.environ", {"BANK_TIME_ZONE": name})
    with pytest.raises(MissingSettingError, match="it must be a zone such as Europe/Berlin"):
        business_days.time_zone()


def test_without_the_setting_the_bank_is_in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANK_TIME_ZONE", raising=False)
    assert business_days.time_zone() == ZoneInfo("Europe/Berlin")


def test_an_hour_of_a_day_is_that_of_the_banks_zone_on_both_sides_of_a_change_of_clocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BANK_TIME_ZONE", "Europe/Berlin")
    for day, hour, wire in (
        (date(2027, 3, 27), 14, "2027-03-27T13:00:00.000000Z"),
        (date(2027, 3, 28), 14, "2027-03-28T12:00:00.000000Z"),
        (date(2027, 3, 28), 2, "2027-03-28T01:00:00.000000Z"),
        (date(2027, 10, 31), 14, "2027-10-31T13:00:00.000000Z"),
    ):
        assert clock.to_wire(business_days.instant_on(day, hour)) == wire
