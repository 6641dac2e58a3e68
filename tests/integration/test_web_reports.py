"""Reports on the pages: making them, finding them again, their charts with the tables that say the same."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.web.charts import plotly_assets
from gateway.web.formatting import iso_day
from shared import services
from shared.identifiers import new_id
from tests.pages import SCRIPT_CORPUS, Page
from tests.web_bank import Customer, WebBank
from tests.web_people import catch_up, employee

Row = dict[str, Any]


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(web: WebBank, ada: Customer) -> Row:
    """Ada's, with 100.00 in it, of which 12.34 went on books and 5.00 on tea."""
    account = ada.opened(initial_deposit="100.00", nickname="Everyday")
    for amount, category in (("12.34", "books"), ("5.00", "tea")):
        payload = {"account_id": account["id"], "amount": amount, "category": category}
        ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", payload)
    catch_up(web)
    return account


def make(customer: Customer, account: Row, **filled: str) -> Page:
    """Create the report of an account; the page of the report."""
    path = f"/reports/account/{account['id']}"
    customer.open(path)
    return customer.follow(customer.send(path, 303, **filled))


def charts(page: Page) -> list[Row]:
    """What the page's charts draw."""
    return [json.loads(given["data-chart"]) for _, given in page.tags if "data-chart" in given]


def scripts(page: Page) -> list[str]:
    return [given["src"] for tag, given in page.tags if tag == "script"]


def tables(page: Page) -> int:
    return sum(tag == "table" for tag, _ in page.tags)


def plain(page: Page) -> str:
    return " ".join(page.text.split())


def test_what_can_be_made_is_offered_also_to_somebody_without_anything(web: WebBank, ada: Customer) -> None:
    assert "No saved reports yet" in ada.open("/reports").text
    account = ada.opened(nickname="Everyday")
    catch_up(web)
    page = ada.open("/reports")
    offered = {given.get("href") for tag, given in page.tags if tag == "a"}
    assert {"/reports/transactions", f"/reports/account/{account['id']}"} <= offered
    assert "Nothing to show yet" in ada.open("/reports/transactions").text
    assert "No movements in this period" in make(ada, account).text


def test_a_report_that_is_made_is_kept_and_shown(ada: Customer, account: Row) -> None:
    page = make(ada, account)
    said = plain(page)
    for figure in ("Closing balance", "82.66", "+100.00", "\u221217.34", "Everything", "As of journal position"):
        assert figure in said, figure
    kept = ada.open("/reports")
    assert "Everyday" in kept.text
    assert "No saved reports yet" not in kept.text


def test_both_days_of_a_period_belong_to_the_report(ada: Customer, account: Row) -> None:
    today = iso_day(account["created_at"])
    page = make(ada, account, **{"from": today, "to": today})
    assert "\u221217.34" in page.text
    links = [given["href"] for tag, given in page.tags if tag == "a" and "from=" in given.get("href", "")]
    query = parse_qs(urlsplit(links[0]).query)
    assert query == {"account_id": [account["id"]], "from": [today], "to": [today]}
    assert "No movements in this period" in make(ada, account, to="1999-12-31").text
    assert "Until 31 Dec 1999" in ada.page.text


def test_a_day_that_is_none_is_named_and_the_rest_kept(ada: Customer, account: Row) -> None:
    path = f"/reports/account/{account['id']}"
    ada.open(path)
    ada.send(path, 422, **{"from": "yesterday", "to": "2026-11-20"})
    assert "Enter a date" in ada.page.by_id["from-error"]
    fields = ada.page.form(path).fields
    assert (fields["from"], fields["to"], fields["account_id"]) == ("yesterday", "2026-11-20", account["id"])


def test_each_chart_has_the_table_that_says_the_same(ada: Customer, account: Row) -> None:
    page = make(ada, account)
    balance, months, spending = charts(page)
    assert balance["kind"] == "line"
    assert balance["series"][0]["values"][-1] == "82.66"
    assert [one["values"][-1] for one in months["series"]] == ["0.00", "17.34"]
    assert (spending["labels"], spending["series"][0]["values"]) == (["Books", "Tea"], ["12.34", "5.00"])
    assert tables(page) == 3
    images = [given["aria-label"] for _, given in page.tags if given.get("role") == "img"]
    assert "to 82.66 EUR" in images[0]
    assert len([given for _, given in page.tags if given.get("class") == "share-bar"]) == 2
    canvases = [given for _, given in page.tags if "data-chart" in given]
    assert all("hidden" in given for given in canvases)
    assert "Most went on Books 12.34 EUR" in canvases[2]["aria-label"]


def test_charts_are_drawn_by_the_server_and_plotly_waits_until_it_is_asked_for(ada: Customer, account: Row) -> None:
    page = make(ada, account)
    assert not [src for src in scripts(page) if "plotly" in src], "it costs a phone seconds"
    assert sum(given.get("class") == "chart-line" for _, given in page.tags) == 1
    (script,) = [given for tag, given in page.tags if tag == "script" and "charts.js" in given["src"]]
    for name, kind in (("data-plotly", "text/javascript"), ("data-plotly-style", "text/css")):
        with ada.client.get(script[name]) as reply:
            assert reply.mimetype == kind
            assert {"max-age=31536000", "immutable"} <= set(reply.headers["Cache-Control"].split(", "))
    assert not [src for src in scripts(ada.open("/reports")) if "charts" in src]


def test_plotly_finds_each_style_element_that_it_would_add(ada: Customer, account: Row) -> None:
    """Under the policy of the pages it may add none, and does not where an element of that id stands already."""
    source = (plotly_assets.FOLDER / plotly_assets.FILENAME).read_text()
    assert source.count('createElement("style")') == 1 + len(plotly_assets.style_ids())
    assert ".no-inline-styles" in source
    page = make(ada, account)
    (given,) = [given["data-style-ids"] for _, given in page.tags if "data-style-ids" in given]
    assert given.split() == list(plotly_assets.style_ids())


def test_filters_of_the_transaction_report_reach_the_bank_and_stay(web: WebBank, ada: Customer, account: Row) -> None:
    assert "\u221217.34" in plain(ada.open("/reports/transactions"))
    page = ada.open("/reports/transactions?category=books&type=withdrawal&to=2999-01-01")
    said = plain(page)
    assert "\u221212.34" in said
    assert "\u221217.34" not in said
    (form,) = [form for form in page.forms if form.action == "/reports/transactions"]
    assert (form.fields["category"], form.fields["type"], form.fields["to"]) == ("books", "withdrawal", "2999-01-01")
    assert len(charts(page)) == 2
    assert tables(page) == 3
    assert "Nothing matches" in ada.open("/reports/transactions?category=yachts").text
    wrong = ada.open("/reports/transactions?type=nonsense&category=books", 422)
    assert "not one of the choices" in wrong.by_id["type-error"]


def test_two_currencies_are_never_added_up(web: WebBank, ada: Customer, account: Row) -> None:
    ada.opened(initial_deposit="7.00", currency="USD")
    catch_up(web)
    page = ada.open("/reports/transactions")
    assert (page.by_id["in-EUR"], page.by_id["in-USD"]) == ("In EUR", "In USD")
    assert len(charts(page)) == 3
    assert "Nothing was spent." in page.text


def test_kept_reports_are_paged(ada: Customer, account: Row) -> None:
    for day in range(21):
        ada.ask(services.REPORTING, "GET", f"/api/reports/account/{account['id']}?to=2027-01-{day + 1:02}")
    first = ada.open("/reports")
    second = ada.open(next(given["href"] for _, given in first.tags if given.get("rel") == "next"))
    assert "Until 21 Jan 2027" in first.text
    assert "Until 21 Jan 2027" not in second.text
    assert "Until 1 Jan 2027" in second.text
    assert ada.client.get("/reports?cursor=forged").headers["Location"] == "/reports"


def test_somebody_elses_report_and_account_are_not_there(web: WebBank, ada: Customer, account: Row) -> None:
    make(ada, account)
    (kept,) = ada.ask(services.REPORTING, "GET", "/api/reports/list")
    mallory = web.customer("Mallory")
    for path in (f"/reports/{kept['id']}", f"/reports/{new_id()}", f"/reports/account/{account['id']}"):
        reply = mallory.client.get(path)
        assert (reply.status_code, reply.mimetype) == (404, "text/html")
        assert "Everyday" not in reply.text
    own = mallory.opened()
    mallory.open(f"/reports/account/{own['id']}")
    mallory.send(f"/reports/account/{own['id']}", 404, account_id=account["id"])


def test_staff_make_a_report_of_a_customers_account(web: WebBank, ada: Customer, account: Row) -> None:
    page = make(employee(web), account)
    assert "Ada Lovelace" in page.text
    assert "82.66" in page.text
    assert account["account_number"] not in page.text.replace(" ", "")


def test_names_in_reports_are_only_ever_text(web: WebBank, ada: Customer) -> None:
    """Catalogue 48: category, nickname and description, in charts and tables."""
    for text in SCRIPT_CORPUS:
        account = ada.opened(nickname=text[:50], initial_deposit="9.00")
        payload = {"account_id": account["id"], "amount": "1.00", "category": text[:50], "description": text}
        ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", payload)
        catch_up(web)
        page = make(ada, account)
        assert text in page.text
        assert text[:50].capitalize().replace("_", " ") in charts(page)[2]["labels"]
        page.check_harmless()
    for path in ("/reports", "/reports/transactions", f"/reports/account/{account['id']}"):
        ada.open(path).check_harmless()


def test_a_report_is_kept_as_a_file_of_each_kind(ada: Customer, account: Row) -> None:
    page = make(ada, account)
    files = [given["href"] for tag, given in page.tags if tag == "a" and "/download" in given.get("href", "")]
    assert len(files) == 4
    for address in files:
        reply = ada.client.get(address, buffered=True)
        assert (reply.status_code, reply.headers["Content-Disposition"][:20]) == (200, "attachment; filename")
        assert reply.data
    assert ada.client.get(files[0].replace("pdf", "exe"), buffered=True).status_code == 303
