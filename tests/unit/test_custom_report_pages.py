"""Custom reports on pages: what is drawn is what was said, and a form keeps all that a report asks for."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from gateway.web.custom_reports.figures import MOST_BARS, in_currencies
from gateway.web.custom_reports.forms import CustomReportForm
from gateway.web.custom_reports.words import MEASURES
from reporting_service.custom.payloads import CustomReportRequest, ReportFilters
from shared.identifiers import new_id

Row = dict[str, Any]


def said(dimensions: list[str], groups: list[tuple[Row, str]], accounts: tuple[Row, ...] = ()) -> Row:
    """A result in euros with the same figure for each measure of a group."""
    shown = [{"dimensions": key, "measures": dict.fromkeys(MEASURES, value)} for key, value in groups]
    part = {"currency": "EUR", "totals": None, "groups": shown}
    return {"dimensions": dimensions, "filters": {"direction": None}, "accounts": accounts, "currencies": [part]}


ALIKE = [
    ("category", ["food", "Food", "eating_out", "eating out"]),
    ("counterparty", ["", "The bank"]),
    ("account", ["1-aaaaaa", "2-bbbbbb"]),
]


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize(("dimension", "values"), ALIKE)
def test_groups_that_are_called_alike_have_a_bar_each(dimension: str, values: list[str], measure: str) -> None:
    accounts = tuple({"id": one, "name": "Savings", "account_number": "DE** 0001"} for one in values)
    groups = [({dimension: value}, f"{number}.00") for number, value in enumerate(values, start=1)]
    (part,) = in_currencies(said([dimension], groups, accounts), measure)
    (series,) = part.chart["series"]
    assert Counter(series["values"]) == Counter(value for _, value in groups)
    assert len(set(part.chart["labels"])) == len(values)
    assert len({line.names[0] for line in part.lines}) == len(values)


@pytest.mark.parametrize("measure", list(MEASURES))
def test_only_what_can_be_added_is_added(measure: str) -> None:
    ways = [("food", "shop", "3.00"), ("food", "market", "2.00"), ("rent", "flat", "4.00")]
    groups = [({"category": category, "counterparty": name}, value) for category, name, value in ways]
    (part,) = in_currencies(said(["category", "counterparty"], groups), measure)
    drawn = dict(zip(part.chart["labels"], part.chart["series"][0]["values"], strict=True))
    if measure in ("sum", "count"):
        assert drawn == {"Food": "5.00", "Rent": "4.00"}
    else:
        assert drawn == {"Food \u00b7 shop": "3.00", "Food \u00b7 market": "2.00", "Rent \u00b7 flat": "4.00"}


def test_what_goes_each_way_stands_side_by_side_and_the_rest_is_said() -> None:
    ways = [(f"c{number}", way) for number in range(MOST_BARS + 3) for way in ("in", "out")]
    groups = [({"category": name, "direction": way}, f"{10 + int(name[1:])}.00") for name, way in ways]
    (part,) = in_currencies(said(["category", "direction"], groups), "median")
    assert [len(one["values"]) for one in part.chart["series"]] == [MOST_BARS, MOST_BARS]
    assert (part.chart["labels"][0], part.left_out) == (f"C{MOST_BARS + 2}", 3)


CHOSEN: Row = {
    "direction": "in",
    "types": ["transfer", "fee"],
    "categories": ["food", "a b"],
    "account_ids": [new_id(), new_id()],
    "currencies": ["USD", "JPY"],
    "counterparty": "Market & more",
    "min_amount": "1.50",
    "max_amount": "99",
    "between_own_accounts": True,
    "opening_deposits": True,
}


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask(__name__)
    app.config.update(WTF_CSRF_ENABLED=False, SECRET_KEY="x")
    return app


@pytest.mark.parametrize("name", [*ReportFilters.model_fields, "all", "none"])
def test_a_report_that_is_opened_to_be_changed_and_sent_as_it_is_stays_as_it_is(app: Flask, name: str) -> None:
    chosen = CHOSEN if name == "all" else {} if name == "none" else {name: CHOSEN[name]}
    asked = {
        "name": "Mine",
        "measures": ["p90", "sum"],
        "dimensions": ["hour", "account", "currency"],
        "filters": chosen,
        "from": "2026-01-01",
        "to": None,
        "schedule": "weekly",
        "scope": "bank",
    }
    stored = CustomReportRequest.model_validate(asked).model_dump(mode="json", by_alias=True)
    assert {one for one, value in stored["filters"].items() if value} == set(chosen)
    with app.test_request_context():
        form = CustomReportForm()
        form.show(stored)
        form.offer([], [], [])
        assert form.payload(may_ask_of_bank=True) == stored
        assert form.has_narrowed == bool(set(chosen) - {"direction"})
        sent = MultiDict(pair for field in form for pair in as_sent(field))
    with app.test_request_context(method="POST", data=sent):
        again = CustomReportForm()
        assert again.payload(may_ask_of_bank=True) == stored


def as_sent(field: Any) -> list[tuple[str, str]]:
    """What a browser sends of a field; of one with choices what is ticked, in the order of the page."""
    if field.data is True:
        return [(field.name, "y")]
    if isinstance(field.data, list):
        return [(field.name, choice.value) for choice in field.iter_choices() if choice.value in field.data]
    return [(field.name, field.data)] if field.data else []
