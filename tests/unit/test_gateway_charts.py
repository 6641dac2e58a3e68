"""Charts as data, the sentences that say the same, and periods as people mean them."""

import pytest

from gateway.web import date_range, formatting
from gateway.web.reports import charts

ROW = {"income": "0.00", "net": "0.00", "count": 1}


def test_a_line_keeps_each_balance_as_it_is_and_says_where_it_went() -> None:
    points = [
        {"date": "2026-11-01", "balance": "100.00"},
        {"date": "2026-11-05", "balance": "-1234567890123.45"},
        {"date": "2026-11-20", "balance": "7.10"},
    ]
    drawn = charts.line(points, "EUR")
    assert drawn["series"][0]["values"] == ["100.00", "-1234567890123.45", "7.10"]
    assert drawn["said"] == (
        "From 100.00 EUR on 1 Nov 2026 to 7.10 EUR on 20 Nov 2026; lowest \u22121,234,567,890,123.45 EUR on 5 Nov 2026."
    )


def test_no_points_are_no_chart_and_no_error() -> None:
    assert charts.line([], "EUR")["said"] == "No points."
    assert charts.spending([], "EUR")["said"] == "Nothing was spent."
    assert charts.months([], "EUR")["labels"] == []


def test_small_categories_stand_together_to_the_cent() -> None:
    rows = [{**ROW, "category": f"c{number}", "expense": f"{number}.10"} for number in range(1, 12)]
    drawn = charts.spending(rows, "EUR")
    assert drawn["labels"][0] == "C11"
    assert drawn["labels"][-1] == "3 more"
    assert drawn["series"][0]["values"][-1] == "6.30"
    assert len(drawn["labels"]) == charts.MOST_BARS + 1


def test_what_only_earned_is_not_spending() -> None:
    rows = [{**ROW, "category": "salary", "expense": "0.00"}, {**ROW, "category": "tea", "expense": "0.01"}]
    assert [row["category"] for row in charts.spending_rows(rows)] == ["tea"]


def test_months_stand_side_by_side() -> None:
    rows = [{"month": "2026-12", "income": "5.00", "expense": "1.00"}]
    drawn = charts.months(rows, "USD")
    assert (drawn["labels"], drawn["said"]) == (["Dec 2026"], "Dec 2026: 5.00 USD in, 1.00 USD out.")


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z", "1 Nov 2026 to 30 Nov 2026"),
        ("2026-11-19T23:00:00.000000Z", "2026-11-20T23:00:00.000000Z", "20 Nov 2026"),
        ("2026-11-01T00:00:00Z", None, "Since 1 Nov 2026"),
        (None, "2026-11-30T23:00:00Z", "Until 30 Nov 2026"),
        (None, None, "Everything"),
    ],
)
def test_a_date_range_reads_as_days_of_the_bank(since: str | None, until: str | None, said: str) -> None:
    assert date_range.in_words(since, until) == said


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-11-20T22:59:59.999999Z", "20 Nov 2026, 23:59 CET"),
        ("2026-11-20T23:00:00Z", "21 Nov 2026, 00:00 CET"),
        ("2026-07-01T22:30:00Z", "2 Jul 2026, 00:30 CEST"),
    ],
)
def test_times_are_those_of_the_bank_s_zone_and_say_which(instant: str, said: str) -> None:
    assert formatting.day_and_time(instant) == said
    assert formatting.day(instant) == said.partition(",")[0]
    assert formatting.day("2026-11-20") == "20 Nov 2026"
