"""Custom reports on the pages: built from a form, shown with a chart and the table beside it, changed and deleted."""

import json
from typing import Any

import pytest

from gateway.web.custom_reports.forms import PRESETS
from shared import services
from tests.pages import Page
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, catch_up

Row = dict[str, Any]
NEW = "/reports/custom/new"
BOTH = ["sum", "count"]


@pytest.fixture
def ada(web: WebBank) -> Customer:
    """With 100.00 at first, of which 12.34 went on books and 5.00 on tea, and 3.00 more."""
    ada = web.customer("Ada Lovelace")
    account = ada.opened(initial_deposit="100.00", nickname="Everyday")
    for amount, category in (("12.34", "books"), ("5.00", "tea")):
        payload = {"account_id": account["id"], "amount": amount, "category": category}
        ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", payload)
    gift = {"account_id": account["id"], "amount": "3.00", "category": "gifts"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", gift)
    catch_up(web)
    return ada


def build(who: Customer, **filled: str) -> Page:
    """Build a report; its page."""
    who.open(NEW)
    return who.follow(who.send(NEW, 303, **{"name": "Spending", "measures": BOTH, **filled}))


def plain(page: Page) -> str:
    return " ".join(page.text.split())


def chart(page: Page) -> Row:
    (found,) = [json.loads(given["data-chart"]) for _, given in page.tags if "data-chart" in given]
    return dict(found)


def links(page: Page) -> set[str]:
    return {given["href"] for tag, given in page.tags if tag == "a" and "href" in given}


def test_whoever_has_none_is_offered_some_to_begin_with(ada: Customer) -> None:
    page = ada.open("/reports/custom")
    assert "No reports yet" in page.text
    assert {f"{NEW}?preset={name}" for name in PRESETS} <= links(page)
    assert "/reports/custom" in links(ada.open("/reports"))


@pytest.mark.parametrize("preset", [*PRESETS, "nonsense"])
def test_each_of_them_is_built_as_it_is_offered(ada: Customer, preset: str) -> None:
    ada.open(f"{NEW}?preset={preset}")
    page = ada.follow(ada.send(NEW, 303, **({} if preset in PRESETS else {"name": "Mine"})))
    assert "2 transactions" in plain(page) or preset in ("both", "income", "nonsense")
    assert chart(page)["labels"]


def test_a_report_shows_its_chart_its_table_and_its_files(ada: Customer) -> None:
    page = build(ada, first_by="category", direction="out")
    said = plain(page)
    for figure in ("Books", "12.34", "Tea", "5.00", "All together", "17.34", "2 transactions", "without a sign"):
        assert figure in said, figure
    drawn = chart(page)
    assert (drawn["kind"], drawn["labels"]) == ("bars", ["Books", "Tea"])
    assert drawn["series"][0]["values"] == ["12.34", "5.00"]
    files = [link for link in links(page) if "/download?" in link]
    assert len(files) == 4
    for link in files:
        with ada.client.get(link) as reply:
            assert reply.status_code == 200
            assert reply.headers["Content-Disposition"].startswith('attachment; filename="spending-')


def test_the_chart_shows_the_measure_that_is_chosen(ada: Customer) -> None:
    page = build(ada, first_by="month", second_by="direction", direction="")
    assert [one["tone"] for one in chart(page)["series"]] == ["in", "out"]
    (count,) = [link for link in links(page) if "measure=count" in link]
    drawn = chart(ada.open(count))
    assert (drawn["currency"], [one["values"] for one in drawn["series"]]) == ("transactions", [["1"], ["2"]])


def test_what_is_wrong_is_said_beside_its_field_and_the_rest_kept(ada: Customer) -> None:
    ada.open(NEW)
    ada.send(NEW, 422, name="Mine", min_amount="a lot", **{"from": "2026-02-01", "to": "2026-01-01"})
    assert "Must be an amount above zero" in ada.page.by_id["min_amount-error"]
    assert "before the one in From" in ada.page.by_id["to-error"]
    assert ada.page.form(NEW).fields["name"] == "Mine"
    ada.open(NEW)
    ada.send(NEW, 422, name="")
    assert ada.page.by_id["name-error"]


def test_a_report_is_changed_run_again_and_deleted(ada: Customer) -> None:
    page = build(ada, first_by="category", direction="out")
    (change,) = [link for link in links(page) if link.endswith("/change")]
    form = ada.open(change).form(change)
    assert (form.fields["name"], form.fields["first_by"], form.fields["direction"]) == ("Spending", "category", "out")
    page = ada.follow(ada.send(change, 303, name="Words", measures=BOTH, second_by="type", schedule="monthly"))
    assert "Withdrawal" in page.text
    assert "Monthly, next after" in plain(page)
    report = change.removesuffix("/change")
    page = ada.follow(ada.send(f"{report}/run", 303))
    assert len([link for link in links(page) if "/runs/" in link and "?" not in link]) == 3
    listed = plain(ada.open("/reports/custom"))
    assert "Words Sum, number by category, type" in listed
    ada.open(report)
    page = ada.follow(ada.send(f"{report}/delete", 303))
    assert "No reports yet" in page.text
    ada.open(report, 404)


def test_a_report_that_grew_too_large_says_so_where_it_can_be_changed(
    ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = build(ada, first_by="category")
    (change,) = [link for link in links(page) if link.endswith("/change")]
    report = change.removesuffix("/change")
    monkeypatch.setattr("reporting_service.custom.grouping.MOST_GROUPS", 1)
    page = ada.follow(ada.send(f"{report}/run", 303))
    assert "more than one report can hold" in plain(page)
    ada.open(NEW)
    ada.send(NEW, 422, name="Mine", first_by="category")
    assert "more than one report can hold" in ada.page.text


def test_only_administrators_are_asked_whose_transactions(web: WebBank, ada: Customer) -> None:
    assert "scope" not in ada.open(NEW).form(NEW).fields
    chief = administrator(web, "report.chief")
    chief.open(NEW)
    page = chief.follow(chief.send(NEW, 303, name="The bank", scope="bank", first_by="type"))
    assert "of all customers" in plain(page)
    assert "Withdrawal" in page.text
