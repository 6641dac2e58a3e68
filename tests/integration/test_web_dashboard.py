"""A customer's home: what they have, spent and did, and that a part of the bank that is away takes no other with it."""

import re
from typing import Any

import pytest

from shared import services
from tests.pages import Page
from tests.web_bank import Customer, WebBank


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


def links(page: Page) -> set[str]:
    """Where the page leads."""
    return {given["href"] for tag, given in page.tags if tag == "a" and "href" in given}


def spend(ada: Customer, account: dict[str, Any], amount: str, category: str) -> None:
    """Take money out, for something."""
    order = {"account_id": account["id"], "amount": amount, "category": category}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)


def test_a_new_customer_is_led_to_a_first_account(ada: Customer) -> None:
    page = ada.open("/dashboard")
    assert "Open your first account" in page.text
    assert "/accounts/new" in links(page)


def test_what_is_held_is_added_up_by_currency_and_closed_accounts_stay_away(ada: Customer) -> None:
    ada.opened(initial_deposit="0.10")
    ada.opened(initial_deposit="999999.20", account_type="savings")
    ada.opened(initial_deposit="5000", currency="JPY")
    closed = ada.opened()
    ada.ask(services.ACCOUNT, "DELETE", f"/api/accounts/close/{closed['id']}")
    page = ada.open("/dashboard")
    totals = [given["value"] for tag, given in page.tags if tag == "data" and "is-large" in given["class"]]
    assert totals == ["999999.30", "5000"]
    assert f"/accounts/{closed['id']}" not in links(page)


def test_this_month_s_spending_is_shown_by_category_the_largest_first(web: WebBank, ada: Customer) -> None:
    account = ada.opened(initial_deposit="100.00")
    savings = ada.opened(account_type="savings")
    for amount, category in (("10.10", "groceries"), ("30.00", "housing"), ("5.05", "groceries")):
        spend(ada, account, amount, category)
    own = {"from_account_id": account["id"], "to_account_id": savings["id"], "amount": "20.00"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", own)
    web.bank.settle()
    reply = ada.client.get("/dashboard").text
    assert re.findall(r'share-name">([^<]+)<', reply) == ["Housing", "Groceries"]
    assert re.findall(r'share-amount">([^<]+)<', reply) == ["30.00", "15.15"]
    assert re.findall(r'<rect width="(\d+)"', reply) == ["100", "50"]
    assert "45.15" in Page(reply).by_id["spending"]


def test_reporting_being_away_costs_its_figures_alone(ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    account = ada.opened(initial_deposit="12.34")
    monkeypatch.setenv("REPORTING_SERVICE_URL", "http://127.0.0.1:9")
    page = ada.open("/dashboard")
    assert "not available right now" in page.by_id["spending"]
    assert "12.34" in page.text
    assert f"/accounts/{account['id']}" in links(page)


def test_the_inbox_being_away_costs_nothing(ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    account = ada.opened(initial_deposit="12.34")
    monkeypatch.setenv("NOTIFICATION_SERVICE_URL", "http://127.0.0.1:9")
    page = ada.open("/dashboard")
    assert "12.34" in page.text
    assert f"/accounts/{account['id']}" in links(page)


def test_the_ledger_being_away_is_a_page_that_says_so(web: WebBank, ada: Customer) -> None:
    ada.opened()
    web.weather.is_away = True
    try:
        page = ada.open("/dashboard", 503)
    finally:
        web.weather.is_away = False
    assert "unavailable" in page.text


def test_the_newest_transactions_lead_to_their_receipts(ada: Customer) -> None:
    account = ada.opened(initial_deposit="100.00")
    for _ in range(10):
        spend(ada, account, "1.00", "groceries")
    found = links(ada.open("/dashboard"))
    newest = [f"/transactions/{it['id']}" for it in ada.movements()]
    assert {link for link in found if re.fullmatch("/transactions/[0-9a-f-]{36}", link)} == set(newest[:8])


def test_what_is_done_most_is_one_step_away(ada: Customer) -> None:
    ada.opened()
    assert {"/transfer", "/deposit", "/withdraw", "/accounts/new"} <= links(ada.open("/dashboard"))


def test_a_stranger_is_asked_to_log_in(web: WebBank) -> None:
    reply = web.browser().client.get("/dashboard")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=/dashboard")


def test_the_next_payments_stand_on_the_home_page_on_the_accounts_and_all_of_them_on_one(
    web: WebBank, ada: Customer
) -> None:
    account, savings = ada.opened(initial_deposit="900.00"), ada.opened()
    assert "Coming up" not in ada.open("/dashboard").text, "nothing is, so there is no panel"
    asked = {"from_account_id": account["id"], "to_account_id": savings["id"], "amount": "65.00"}
    rent = {**asked, "frequency": "monthly", "first_on": "2190-02-01", "description": "Rent"}
    order = ada.ask(services.TRANSACTION, "POST", "/api/standing-orders", rent)
    hold = {"account_id": account["id"], "amount": "1.00", "description": "Hotel deposit"}
    web.staff(services.TRANSACTION, "POST", "/api/transactions/holds", hold)
    for path in ("/dashboard", f"/accounts/{account['id']}"):
        page = ada.open(path)
        assert f"/standing-orders/{order['id']}" in links(page), path
        assert "Rent" in page.by_id["content"]
    assert "Coming up" not in ada.open(f"/accounts/{savings['id']}").text, "nothing is paid from it"
    page = ada.open("/upcoming")
    assert ("Rent" in page.text, "Hotel deposit" in page.text) == (True, True)
    assert "Nothing coming up" in ada.open(f"/upcoming?account={savings['id']}").text
    clerk = web.employee()
    assert "Rent" in clerk.open(f"/upcoming?customer={ada.user_id}").text
    assert "Rent" not in web.customer().open(f"/upcoming?customer={ada.user_id}").text
