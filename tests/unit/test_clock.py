"""Instants as the API writes them."""

from datetime import UTC, datetime

from shared.time import clock


def test_a_time_on_the_wire_has_its_microseconds_and_reads_back_as_itself() -> None:
    instant = clock.from_datetime(datetime(2026, 11, 20, 15, 4, 5, 123_456, tzinfo=UTC))
    assert clock.to_wire(instant) == "2026-11-20T15:04:05.123456Z"
    assert clock.from_datetime(datetime.fromisoformat(clock.to_wire(instant))) == instant


def test_whole_seconds_keep_six_digits_so_that_texts_sort_as_times_do() -> None:
    assert clock.to_wire(0) == "1970-01-01T00:00:00.000000Z"
    assert clock.to_wire(0) < clock.to_wire(1) < clock.to_wire(clock.MICROSECONDS)
