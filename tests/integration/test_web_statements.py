"""Statements on the pages: every month with its files, other days, and what is asked wrongly."""

import pytest

from gateway.web.statements.forms import FORMATS
from shared import services
from shared.identifiers import new_id
from tests.pages import Page
from tests.web_bank import Customer, WebBank
from tests.web_people import catch_up, employee


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account_id(web: WebBank, ada: Customer) -> str:
    """Ada's account, from which she took money after it was opened."""
    account = ada.opened(initial_deposit="100.00", nickname="Everyday")
    order = {"account_id": account["id"], "amount": "12.34", "description": "Books"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)
    catch_up(web)
    return str(account["id"])


def addresses(page: Page) -> list[str]:
    return [given["href"] for tag, given in page.tags if tag == "a" and "/statements/file" in given.get("href", "")]


def test_each_month_has_its_files(ada: Customer, account_id: str) -> None:
    page = ada.open(f"/accounts/{account_id}/statements")
    assert "87.66" in page.text
    assert "2 movements" in page.text
    assert "not over yet" in page.text
    found = addresses(page)
    assert len(found) == len(FORMATS)
    for address in found:
        reply = ada.client.get(address, buffered=True)
        assert reply.status_code == 200, address
        assert reply.headers["Content-Disposition"].startswith('attachment; filename="statement-')
        assert reply.headers["Cache-Control"] == "no-store"
    assert ada.client.get(next(address for address in found if "pdf" in address), buffered=True).data.startswith(
        b"%PDF-"
    )


def test_an_account_leads_to_its_statements(ada: Customer, account_id: str) -> None:
    page = ada.open(f"/accounts/{account_id}")
    assert any(given.get("href") == f"/accounts/{account_id}/statements" for _, given in page.tags)


def test_other_days_are_asked_for_by_a_form(ada: Customer, account_id: str) -> None:
    address = f"/accounts/{account_id}/statements/file?from=2020-01-01&to=2020-01-31&format=csv"
    reply = ada.client.get(address, buffered=True)
    assert (reply.status_code, reply.content_type) == (200, "text/csv; charset=utf-8")
    assert b"opening_balance" in reply.data


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2020-02-01&to=2020-01-01", "This day is before"),
        ("from=2020-02-01", "Choose both days."),
        ("from=x&to=2020-01-01", "Enter a date such as"),
        ("from=2020-01-01&to=2020-01-02&format=exe", "This is not one of the choices."),
    ],
)
def test_what_is_asked_wrongly_is_said_beside_its_field(ada: Customer, account_id: str, query: str, said: str) -> None:
    reply = ada.client.get(f"/accounts/{account_id}/statements/file?{query}", buffered=True)
    assert reply.status_code == 422
    assert said in reply.text


def test_staff_see_a_customers_statements_and_strangers_none(web: WebBank, ada: Customer, account_id: str) -> None:
    clerk = employee(web)
    assert "Ada Lovelace" in clerk.open(f"/accounts/{account_id}/statements").text
    stranger = web.customer("Bob")
    for path in ("", "/file?format=pdf"):
        assert stranger.client.get(f"/accounts/{account_id}/statements{path}", buffered=True).status_code == 404
        assert ada.client.get(f"/accounts/{new_id()}/statements{path}", buffered=True).status_code == 404
