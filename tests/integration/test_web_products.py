"""Products on the pages: read by everybody, changed by administrators, and what an account has of its own."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from shared import services
from shared.time.business_days import business_day
from shared.time.clock import from_wire
from tests.plans import first_after
from tests.web_bank import Customer, WebBank, open_web_bank
from tests.web_people import administrator, catch_up

PLUS = "/admin/products/savings-plus"
CLOCK = "/api/transactions/clock"


@pytest.fixture
def web(tmp_path: Any) -> Iterator[WebBank]:
    """A bank a test, as its time never goes back."""
    with open_web_bank(tmp_path) as opened:
        yield opened


@pytest.fixture
def max_(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def text_of(page: Any) -> str:
    return " ".join(page.by_id["content"].split())


def today(web: WebBank) -> date:
    reply = web.bank.client(services.TRANSACTION).get(CLOCK, headers=web.bank.headers("employee"))
    return business_day(from_wire(reply.json["data"]["bank_time"]))


def go_to(web: WebBank, day: date) -> None:
    """Move the bank's clock to noon of a day, and let everybody hear of what was done."""
    headers = web.bank.headers("admin", scope="bank:simulate")
    body = {"advance_to": f"{day}T11:00:00Z", "wait_seconds": 20}
    moved = web.bank.client(services.TRANSACTION).post(CLOCK, json=body, headers=headers)
    assert (moved.status_code, moved.json["data"]["target_time"]) == (200, None), moved.text
    catch_up(web)


def test_somebody_who_is_no_customer_reads_what_is_on_offer(web: WebBank) -> None:
    shown = text_of(web.browser().open("/products"))
    for said in ("Savings Plus", "2.75 % on what is above 10,000.00 EUR", "up to 500.00 EUR", "4.00 EUR a month"):
        assert said in shown, shown


def test_a_product_is_opened_from_the_form_and_its_account_shows_the_terms(web: WebBank) -> None:
    ada = web.customer()
    page = ada.open("/accounts/new")
    assert "Overdraft up to 500.00 EUR at 9.90 %, 4.00 EUR a month" in " ".join(page.text.split())
    account = ada.follow(ada.send("/accounts/new", 303, product="checking-plus", initial_deposit="20.00"))
    assert "up to 500.00 EUR at 9.90 % a year" in text_of(account)
    assert "Available 520.00 EUR" in text_of(account)


def test_interest_and_fees_stand_in_movements_and_in_the_inbox(web: WebBank) -> None:
    ada = web.customer()
    savings = ada.opened(account_type="savings", initial_deposit="10000.00")
    plus = ada.opened(product="checking-plus", initial_deposit="1.00")
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", {"account_id": plus["id"], "amount": "401.00"})
    first = first_after(today(web))
    go_to(web, first + timedelta(days=9))
    shown = text_of(ada.open(f"/accounts/{savings['id']}"))
    assert "Interest" in shown
    assert "earned since it was last posted" in shown
    shown = text_of(ada.open(f"/accounts/{plus['id']}"))
    assert "404." in shown.split("of it used")[0][-20:], shown
    assert "of interest to be charged" in shown
    assert "Interest charged" in shown
    told = ada.open("/inbox").text
    for words in ("of interest", "of interest charged", "A fee of 4.00 EUR"):
        assert words in told


def test_an_administrator_changes_terms_from_a_day_on(web: WebBank, max_: Customer) -> None:
    begins = today(web) + timedelta(days=5)
    page = max_.open(PLUS)
    fields = page.form(PLUS).fields
    assert (fields["credit_rate"], fields["tiers"], fields["version"]) == ("1.00", "10000.00 2.75", "1")
    changed = {"credit_rate": "1.5 %", "tiers": "5,000 2\n20,000 3.25", "valid_from": str(begins), "monthly_fee": ""}
    done = max_.follow(max_.send(PLUS, 303, **changed))
    assert "The new terms apply from" in done.text
    assert "To come" in done.text
    versions = max_.ask(services.ACCOUNT, "GET", "/api/products/savings-plus/versions")
    assert [(one["version"], one["valid_from"]) for one in versions] == [(2, str(begins)), (1, None)]
    assert versions[0]["interest"]["credit_rate"] == "1.50"
    assert versions[0]["interest"]["tiers"] == [
        {"above": "5000.00", "rate": "2.00"},
        {"above": "20000.00", "rate": "3.25"},
    ]


def test_a_change_sent_twice_is_refused_the_second_time(web: WebBank, max_: Customer) -> None:
    max_.open(PLUS)
    form = max_.page.form(PLUS).fields
    assert max_.client.post(PLUS, data=form).status_code == 303
    again = max_.look(max_.client.post(PLUS, data=form), 422)
    assert "Somebody else has changed this product meanwhile." in again.text
    assert len(max_.ask(services.ACCOUNT, "GET", "/api/products/savings-plus/versions")) == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"credit_rate": "lots"}, "credit_rate"),
        ({"credit_rate": "101"}, "credit_rate"),
        ({"overdraft_limit": "1.234"}, "overdraft_limit"),
        ({"monthly_fee": "-4"}, "monthly_fee"),
        ({"tiers": "10000"}, "tiers"),
        ({"tiers": "10000 2\n5000 3"}, "tiers"),
        ({"tiers": "0 3"}, "tiers"),
        ({"minimum_balance": "99999999999"}, "minimum_balance"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"name": ""}, "name"),
        ({"notice_days": "a month"}, "notice_days"),
        ({"notice_days": "367"}, "notice_days"),
        ({"exchange_fee": "20.5"}, "exchange_fee"),
    ],
    ids=str,
)
def test_what_is_wrong_stands_beside_its_field(
    shared_web: WebBank, shared_max: Customer, typed: dict[str, str], field: str
) -> None:
    shared_max.open(PLUS)
    shared_max.send(PLUS, 422, **typed)
    assert shared_max.page.by_id[f"{field}-error"].strip()
    versions = shared_max.ask(services.ACCOUNT, "GET", "/api/products/savings-plus/versions")
    assert [one["version"] for one in versions] == [1]


@pytest.fixture(scope="module")
def shared_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebBank]:
    with open_web_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_max(shared_web: WebBank) -> Customer:
    return administrator(shared_web)


def test_a_new_product_is_offered_at_once(web: WebBank, max_: Customer) -> None:
    max_.open("/admin/products/new")
    typed = {"code": "youth", "name": "Youth", "account_type": "checking", "currency": "SEK", "credit_rate": "0.5"}
    max_.follow(max_.send("/admin/products/new", 303, **typed))
    assert "Youth" in text_of(max_.open("/admin/products"))
    max_.open("/admin/products/new")
    max_.send("/admin/products/new", 422, **typed)
    assert "There is a product of this code already." in max_.page.text
    assert "Youth" in web.browser().open("/products").text


def test_notice_and_the_fee_for_other_currencies_are_set_shown_and_met(web: WebBank, max_: Customer) -> None:
    ada = web.customer()
    account = ada.opened(account_type="savings", initial_deposit="50.00")
    other = ada.opened(account_type="checking")
    max_.open(PLUS.replace("-plus", ""))
    assert max_.page.form(PLUS.replace("-plus", "")).fields["notice_days"] == "0"
    max_.follow(max_.send(PLUS.replace("-plus", ""), 303, notice_days="30", exchange_fee="1.75"))
    shown = text_of(web.browser().open("/products"))
    assert "what leaves the account is scheduled so long beforehand" in shown
    assert "for who can say beforehand when they need it" in shown
    assert "1.75 % of what is paid in another currency, within the rate" in shown
    go_to(web, today(web) + timedelta(days=1))
    held = ada.open(f"/accounts/{account['id']}")
    assert "Notice" in held.text
    assert "Nothing leaves it sooner." in held.text
    assert "Schedule a payment" in held.text
    ways = [given.get("href", "") for _, given in held.tags]
    assert not [way for way in ways if way.startswith(("/transfer?", "/withdraw?"))]
    clerks = [given.get("href", "") for _, given in max_.open(f"/accounts/{account['id']}").tags]
    assert f"/accounts/{account['id']}/holds/new" not in clerks
    clerks = [given.get("href", "") for _, given in max_.open(f"/accounts/{other['id']}").tags]
    assert f"/accounts/{other['id']}/holds/new" in clerks
    ada.open(f"/transfer?from={account['id']}&to={other['id']}&amount=5.00")
    ada.send("/transfer", step="review")
    ada.send("/transfer", 422, step="send")
    earliest = today(web) + timedelta(days=30)
    said = "What leaves this account is arranged 30 days beforehand. Schedule the payment: it is made on "
    assert f"{said}{earliest.day} {earliest:%b %Y} at the earliest." in " ".join(ada.page.text.split())
