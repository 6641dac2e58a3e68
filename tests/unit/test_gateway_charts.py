"""Charts as data, the sentences that say the same, and periods as people mean them."""

import re
from decimal import Decimal

import pytest

from gateway.web import date_range, formatting
from gateway.web.charts import chart_data as charts
from gateway.web.charts.drawings import HEIGHT, WIDTH, draw_columns, draw_line
from gateway.web.charts.scale import scale_of, short

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


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["0"], ("1", "0.75", "0.5", "0.25", "0")),
        (["12500", "3"], ("15k", "10k", "5k", "0")),
        (["-20", "80"], ("75", "50", "25", "0", "\u221225")),
        (["1234567890123.45"], ("1500bn", "1000bn", "500bn", "0")),
        (["-0.01"], ("0", "\u22120.0025", "\u22120.005", "\u22120.0075", "\u22120.01")),
    ],
)
def test_an_axis_has_round_steps_and_takes_in_zero(values: list[str], labels: tuple[str, ...]) -> None:
    found = scale_of(Decimal(value) for value in values)
    if values == ["-20", "80"]:
        assert found.top >= 80 >= -20 >= found.floor
        assert short(Decimal(0)) in found.labels
    else:
        assert found.labels == labels


def test_a_line_holds_each_balance_until_the_next_and_stays_in_its_box() -> None:
    points = [
        {"date": "2026-11-01", "balance": "100.00"},
        {"date": "2026-11-11", "balance": "-20.00"},
        {"date": "2026-11-21", "balance": "50.00"},
    ]
    drawn = draw_line(charts.line(points, "EUR"))
    assert re.match(rf"M0 \d+ H0 V\d+ H{WIDTH // 2} V\d+ H{WIDTH} V\d+ H{WIDTH}$", drawn.line)
    assert drawn.area == f"{drawn.line} V{drawn.zero} H0 Z"
    assert all(0 <= int(down) <= HEIGHT for down in re.findall(r"V(\d+)", drawn.line))
    assert (drawn.days[0], drawn.days[-1]) == ("2026-11-01", "2026-11-21")


def test_columns_stand_in_their_months_and_say_their_amounts() -> None:
    rows = [{"month": f"2026-{number:02}", "income": "500.00", "expense": "0.00"} for number in range(1, 13)]
    drawn = draw_columns(charts.months([*rows, {"month": "2027-01", "income": "0.00", "expense": "0.01"}], "EUR"))
    assert len(drawn.columns) == 13, "nothing is drawn of nothing"
    assert all(it.x >= 0 and it.x + it.width <= WIDTH and it.y + it.height <= HEIGHT + 1 for it in drawn.columns)
    assert drawn.columns[-1].height >= 1, "a cent is seen too"
    assert drawn.columns[0].label == "Jan 2026, income: 500.00 EUR"
    assert [name for name in drawn.months if name] == ["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026", "Jan 2027"]


def test_what_is_below_zero_hangs_from_the_zero_line() -> None:
    series = [{"name": "Sum", "tone": "in", "values": ["100.00", "-100.00"]}]
    drawn = draw_columns({"labels": ["a", "b"], "currency": "EUR", "series": series})
    above, below = drawn.columns
    assert (above.y + above.height, above.height) == (below.y, below.height)
    assert above.height > HEIGHT / 4
