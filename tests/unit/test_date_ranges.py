"""`from` and `to`: a date alone is the bank's whole day, a time is exact, what is reversed is refused beside `to`."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from shared.http.field_problems import problems_of
from shared.time import clock
from shared.time.date_ranges import DateRange, DateRangeError, DateRangeQuery, read_date_range


def instant(text: str) -> int:
    return clock.from_datetime(datetime.fromisoformat(text))


def test_a_date_alone_means_the_banks_whole_day() -> None:
    found = read_date_range("2026-11-25", "2026-11-25")
    assert found == DateRange(instant("2026-11-24T23:00:00Z"), instant("2026-11-25T23:00:00Z"))


def test_a_time_is_exact_to_the_microsecond() -> None:
    found = read_date_range("2026-11-25T10:00:00.000001Z", "2026-11-25T12:00+01:00")
    assert found == DateRange(instant("2026-11-25T10:00:00.000001Z"), instant("2026-11-25T11:00:00Z"))


def test_the_first_instant_there_is_counts_as_one() -> None:
    found = DateRangeQuery.model_validate({"from": "1970-01-01T00:00:00Z"})
    assert found.date_range == DateRange(since=0)
    assert found.date_range.wire()["from"] is not None


@pytest.mark.parametrize("absent", [None, ""])
def test_an_absent_end_is_no_end(absent: str | None) -> None:
    assert read_date_range(absent, absent) == DateRange()


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-26", "2026-11-25"),
        ("2026-11-25T12:00:00Z", "2026-11-25T11:59:59.999999Z"),
        ("2026-11-26", "2026-11-25T22:00:00Z"),
        ("2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z"),
    ],
)
def test_a_reversed_range_is_refused_beside_its_end(since: str, until: str) -> None:
    with pytest.raises(DateRangeError, match="must lie after the beginning") as of_pages:
        read_date_range(since, until)
    assert of_pages.value.field == "to"
    with pytest.raises(ValidationError) as of_api:
        DateRangeQuery.model_validate({"from": since, "to": until})
    assert problems_of(of_api.value)["to"].sentence == str(of_pages.value)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "2026-11-31", "2026-11-25T10:00:00", "20261125", "1764000000", "2026-11-25T25:00Z",
        "２０２６-11-25",
        "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00+01:00", "2026-11-25 ", "2026-W48-3",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_the_same_sentence_by_pages_and_api(text: str) -> None:
    for name, position in (("from", 0), ("to", 1)):
        both: list[str | None] = [None, None]
        both[position] = text
        with pytest.raises(DateRangeError) as of_pages:
            read_date_range(*both)
        with pytest.raises(ValidationError) as of_api:
            DateRangeQuery.model_validate({name: text})
        assert of_pages.value.field == name
        assert problems_of(of_api.value)[name].sentence == str(of_pages.value)
        assert str(of_pages.value).startswith("must ")
