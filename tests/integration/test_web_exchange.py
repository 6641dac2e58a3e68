"""Money in another currency on the pages: reviewed with a quote, sent by it, and told on the receipt."""

import re
from typing import Any

import pytest

from account_service.rates.settings import RatesSettings
from gateway.web.balance_totals import together
from shared.services import GATEWAY, TRANSACTION
from tests import rate_pages
from tests.web_bank import WebBank
from tests.web_people import Customer, administrator
from transaction_service.exchange import agreement


def tell(web: WebBank, **per_euro: str) -> None:
    payload = {"source": "a test", "margin_bp": 50, "per_euro": per_euro}
    path = "/internal/ledger/exchange-rates/2026-01-05"
    headers = web.bank.headers("service", scope="ledger:accounts")
    assert web.bank.client(TRANSACTION).put(path, json=payload, headers=headers).status_code == 200


@pytest.fixture
def ada(web: WebBank) -> Customer:
    tell(web, USD="1.0887", JPY="161.29")
    return web.customer("ada")


@pytest.fixture
def euros(ada: Customer) -> dict[str, Any]:
    return ada.opened(initial_deposit="500.00")


@pytest.fixture
def dollars(ada: Customer) -> dict[str, Any]:
    return ada.opened(currency="USD")


def review(ada: Customer, euros: dict[str, Any], dollars: dict[str, Any], amount: str = "100") -> None:
    ada.open(f"/transfer?from={euros['id']}&to={dollars['id']}&amount={amount}")
    ada.send("/transfer", step="review")


def test_what_is_exchanged_is_reviewed_with_its_rate_sent_by_that_and_on_the_receipt(
    ada: Customer, euros: dict[str, Any], dollars: dict[str, Any], web: WebBank
) -> None:
    review(ada, euros, dollars)
    for said in ("108.33", "1 EUR = 1.0832565 USD", "0.5 %", "5 Jan 2026", "Valid until"):
        assert said in ada.page.text
    tell(web, USD="9")
    ada.send("/transfer", 303, step="send")
    (made,) = [row for row in ada.movements() if row["type"] == "exchange"]
    assert (made["amount"], made["exchange"]["target_amount"]) == ("100.00", "108.33")
    ada.open(f"/transactions/{made['id']}")
    assert "1 EUR = 1.0832565 USD" in ada.page.text


def test_a_quote_that_has_ended_is_reviewed_anew_and_pays_once(
    ada: Customer, euros: dict[str, Any], dollars: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "VALID_US", 0)
    review(ada, euros, dollars)
    monkeypatch.undo()
    ada.send("/transfer", step="send")
    assert "minute is over" in ada.page.text
    assert "Valid until" in ada.page.text
    ada.send("/transfer", 303, step="send")
    assert [row["type"] for row in ada.movements()].count("exchange") == 1


def test_reviewed_again_by_another_quote_the_same_form_pays_no_second_time(
    ada: Customer, euros: dict[str, Any], dollars: dict[str, Any]
) -> None:
    review(ada, euros, dollars)
    ada.send("/transfer", 303, step="send")
    ada.send("/transfer", step="review")
    ada.send("/transfer", 422, step="send")
    assert [row["type"] for row in ada.movements()].count("exchange") == 1


def test_too_little_to_be_anything_in_the_other_currency_is_an_obstacle(ada: Customer, euros: dict[str, Any]) -> None:
    yen = ada.opened(currency="JPY", initial_deposit="100")
    review(ada, yen, euros, "1")
    assert "less than the smallest amount in EUR" in ada.page.text
    assert "Valid until" not in ada.page.text


def test_published_rates_stand_under_the_address_that_scrapers_know_too(web: WebBank) -> None:
    client = web.bank.client(GATEWAY)
    known, also = client.get("/api/rates/interest"), client.get("/scraper/rates")
    assert (known.status_code, known.json) == (also.status_code, also.json) == (200, also.json)
    assert client.get("/scraper/rates/more").status_code == 404
    assert client.post("/scraper/rates").status_code == 405


def test_everybody_reads_the_rates_and_draws_one(web: WebBank, ada: Customer) -> None:
    page = web.browser().open("/rates?base=USD&currency=JPY&days=30")
    assert "1 USD in JPY" in page.text
    assert "European Central Bank" in page.text
    assert "Read them now" not in page.text
    assert "Nobody publishes" in ada.open("/rates?base=KWD").text
    assert "No rate" not in ada.open("/rates?base=EUR&currency=EUR").text


def test_an_administrator_has_the_sources_read_and_sees_what_failed(
    web: WebBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = web.bank.apps["account_service"].extensions["context"].rates
    with rate_pages.served() as site:
        monkeypatch.setattr(rates, "_settings", RatesSettings(addresses=site.addresses))
        site.pages[rate_pages.PATHS["fdic"]] = rate_pages.Page("<h1>Moved</h1>")
        chief = administrator(web, "rate.chief")
        chief.open("/rates")
        chief.follow(chief.send("/rates/refresh", 303))
    for said in ("Not read: FDIC", "0 tables have the headings", "Bank Rate", "4.00 %"):
        assert said in chief.page.text


def test_several_currencies_are_added_up_in_the_banks_with_the_day_of_the_rates(
    ada: Customer, euros: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "together" not in ada.open("/dashboard").text
    ada.opened(currency="USD")
    said = " ".join(ada.open("/dashboard").text.split())
    assert "About 500.00 EUR together, by the rates of" in said
    monkeypatch.setenv("BANK_CURRENCY", "USD")
    said = " ".join(ada.open("/dashboard").text.split())
    assert re.search(r"About [\d,]+\.\d\d USD together, by the rates of", said)


def test_totals_are_added_up_exactly_or_not_at_all() -> None:
    sums = {"EUR": "10.00", "USD": "11.17", "JPY": "-200"}
    assert together(sums, "EUR", {"USD": "1.1172", "JPY": "175.68"}) == "18.86"
    assert together({**sums, "KWD": "1.000"}, "EUR", {"USD": "1.1172", "JPY": "175.68"}) is None


def test_of_which_currencies_there_is_no_rate_is_said_before_somebody_tries(
    ada: Customer, euros: dict[str, Any], dollars: dict[str, Any]
) -> None:
    said = "Nobody publishes an exchange rate of KWD: that goes to accounts in the same currency."
    ada.open("/transfer")
    assert said not in ada.page.text
    dinars = ada.opened(currency="KWD", initial_deposit="5.000")
    ada.open("/transfer")
    assert said in ada.page.text
    ada.open(f"/transfer?from={dinars['id']}&to={euros['id']}&amount=1")
    ada.send("/transfer", step="review")
    assert "The bank has no exchange rate between KWD and EUR." in ada.page.text
    for path in ("/accounts/new", "/rates"):
        ada.open(path)
        assert "BHD, JOD, KWD, OMR, TND" in ada.page.text, path
