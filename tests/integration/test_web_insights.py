"""Insights and trends on the pages: figures with their tables, the empty state, and days asked wrongly."""

from decimal import Decimal

import pytest

from gateway.web.insights.heat_map import SHADES, heat_map
from gateway.web.insights.lorenz import lorenz_drawing
from shared import services
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, catch_up


@pytest.fixture
def ada(web: WebBank) -> Customer:
    ada = web.customer("Ada Lovelace")
    account = ada.opened(initial_deposit="100.00", nickname="Everyday")
    order = {"account_id": account["id"], "amount": "12.34", "description": "Books", "category": "books"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)
    catch_up(web)
    return ada


def test_ones_own_money_over_time(ada: Customer) -> None:
    page = ada.open("/insights")
    for said in ("87.66", "Books", "12.34", "Nothing found that comes again"):
        assert said in page.text, said
    assert any(given.get("href") == "/insights" for _, given in ada.open("/reports").tags)


def test_somebody_without_an_account_is_told_what_comes_here(web: WebBank) -> None:
    assert "Nothing to show yet" in web.customer("Bob").open("/insights").text


def test_the_bank_over_time_is_for_administrators(web: WebBank, ada: Customer) -> None:
    chief = administrator(web)
    page = chief.open("/admin/trends")
    for said in ("What customers hold, EUR", "Gini coefficient", "Busiest on"):
        assert said in page.text, said
    assert ada.client.get("/admin/trends").status_code in (403, 404)


def test_days_in_the_wrong_order_are_said_beside_their_field(web: WebBank) -> None:
    chief = administrator(web, "mia.chief")
    reply = chief.client.get("/admin/trends?from=2026-02-01&to=2026-01-01")
    assert reply.status_code == 422
    assert "This day is before" in reply.text


def test_the_busiest_hour_is_darkest_and_nothing_is_blank() -> None:
    hours = [{"weekday": 1, "hour": 9, "count": 60}, {"weekday": 5, "hour": 20, "count": 1}]
    found = heat_map(hours)
    shades = {(name, one.hour): one.shade for name, row in found.rows for one in row}
    assert (shades["Monday", 9], shades["Friday", 20], shades["Sunday", 0]) == (SHADES, 1, 0)
    assert "Monday from 9:00" in found.said
    assert heat_map([]).said == "Nothing was booked in these days."


def test_the_curve_begins_at_nobody_and_ends_at_everybody() -> None:
    points = [{"people": "0.0000", "money": "0.0000"}, {"people": "1.0000", "money": "1.0000"}]
    assert lorenz_drawing(points) == f"M{Decimal('0.00'):f} 100.00 L100.00 0.00"
