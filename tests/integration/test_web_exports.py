"""Exports on the pages: the form, the file as it comes from the service, and what is asked wrongly."""

import csv
import io

import pytest

from gateway.web.exports.forms import FORMATS
from shared import services
from tests.web_bank import Customer, WebBank
from tests.web_people import catch_up


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account_id(web: WebBank, ada: Customer) -> str:
    account = ada.opened(initial_deposit="100.00", nickname="Everyday")
    order = {"account_id": account["id"], "amount": "12.34", "description": "Books"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)
    catch_up(web)
    return str(account["id"])


def test_reports_lead_to_the_form_and_the_form_to_the_file(ada: Customer, account_id: str) -> None:
    assert any(given.get("href") == "/reports/export" for _, given in ada.open("/reports").tags)
    page = ada.open("/reports/export")
    assert "Everyday" in page.text
    for name in FORMATS:
        reply = ada.client.get(f"/reports/export/file?account_id=&from=&to=&format={name}", buffered=True)
        assert reply.status_code == 200, name
        assert reply.headers["Content-Disposition"].startswith('attachment; filename="movements.')
    found = ada.client.get(f"/reports/export/file?account_id={account_id}&format=csv", buffered=True).text
    assert [row["amount"] for row in csv.DictReader(io.StringIO(found, newline=""))] == ["100.00", "-12.34"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2020-02-01&to=2020-01-01&format=csv", "This day is before"),
        ("from=x&format=csv", "Enter a date such as"),
        ("format=exe", "This is not one of the choices."),
        ("format=", "This is not one of the choices."),
    ],
)
def test_what_is_asked_wrongly_is_said_beside_its_field(ada: Customer, query: str, said: str) -> None:
    reply = ada.client.get(f"/reports/export/file?{query}", buffered=True)
    assert reply.status_code == 422
    assert said in reply.text


def test_somebody_elses_account_is_not_there(web: WebBank, account_id: str) -> None:
    stranger = web.customer("Bob")
    assert (
        stranger.client.get(f"/reports/export/file?account_id={account_id}&format=csv", buffered=True).status_code
        == 404
    )
