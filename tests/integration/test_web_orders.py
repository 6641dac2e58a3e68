"""Payees, standing orders and payments on a day on the pages: each arranged once, and changed, by whose it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from limits import parse

from shared import services
from shared.time.target_calendar import following_target_day
from tests.web_bank import Customer, WebBank


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> dict[str, Any]:
    return ada.opened(initial_deposit="900.00", nickname="Everyday")


@pytest.fixture
def bob(web: WebBank) -> Customer:
    return web.customer("Bob Stone")


def text_of(customer: Customer) -> str:
    return " ".join(customer.page.by_id["content"].split())


def ahead(days: int = 30) -> str:
    return following_target_day(datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def test_a_payee_is_kept_with_a_word_on_the_name_and_forgotten(ada: Customer, bob: Customer) -> None:
    number = bob.opened()["account_number"]
    ada.open("/payees")
    for name, said in (("Bob Stone", "is that of the account"), ("Bob Stome", "holder is Bob Stone")):
        reply = ada.send("/payees", 303, name=name, account_number=number, reference="Flat 7")
        assert said in ada.follow(reply).text
        (payee,) = ada.ask(services.TRANSACTION, "GET", "/api/payees")
        assert (payee["name"], payee["reference"]) == (name, "Flat 7")
        reply = ada.send(f"/payees/{payee['id']}/forget", 303)
        assert "was removed from your payees" in ada.follow(reply).text
    ada.send("/payees", 422, name="Bob", account_number="DE00 1234")
    assert "account number" in text_of(ada)


def test_a_payee_is_changed_and_the_new_name_is_checked(ada: Customer, bob: Customer) -> None:
    number, other = bob.opened()["account_number"], bob.opened()["account_number"]
    kept = {"name": "Bob", "account_number": number, "reference": "Flat 7"}
    payee = ada.ask(services.TRANSACTION, "POST", "/api/payees", kept)
    path = f"/payees/{payee['id']}/change"
    assert path in [given.get("href") for tag, given in ada.open("/payees").tags if tag == "a"]
    shown = ada.open(path).form(path).fields
    assert {name: shown[name] for name in kept} == kept
    reply = ada.send(path, 303, name="Bob Stone", account_number=other, reference="")
    assert "Saved Bob Stone. The name is that of the account" in ada.follow(reply).text
    (changed,) = ada.ask(services.TRANSACTION, "GET", "/api/payees")
    assert changed == {**payee, "name": "Bob Stone", "account_number": other, "reference": ""}
    ada.ask(services.TRANSACTION, "POST", "/api/payees", {"name": "Flat", "account_number": number})
    ada.open(path)
    ada.send(path, 422, account_number=number)
    assert "already" in text_of(ada)
    ada.send(path, 422, account_number="DE00 1234")
    assert "account number" in text_of(ada)
    bob.open(path, 404)


def test_a_payee_is_saved_though_their_name_is_checked_no_more(
    ada: Customer, bob: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = bob.opened()["account_number"], bob.opened()["account_number"]
    ledger = ada.bank.apps[services.TRANSACTION.package].extensions["context"]
    monkeypatch.setattr(ledger.recipients, "_rate", parse("1/hour"))
    ada.open("/payees")
    ada.follow(ada.send("/payees", 303, name="Bill Smith", account_number=one, reference=""))
    page = ada.follow(ada.send("/payees", 303, name="Bart Stein", account_number=other, reference="Rent"))
    assert "Added Bart Stein. The name could not be checked right now." in page.text
    payees = ada.ask(services.TRANSACTION, "GET", "/api/payees")
    assert {kept["name"] for kept in payees} == {"Bill Smith", "Bart Stein"}


def test_a_standing_order_is_filled_in_reviewed_arranged_once_paused_and_ended(
    ada: Customer, account: dict[str, Any], bob: Customer
) -> None:
    theirs = bob.opened()
    payee = ada.ask(
        services.TRANSACTION, "POST", "/api/payees", {"name": "Bob Stone", "account_number": theirs["account_number"]}
    )
    new = "/standing-orders/new"
    ada.open(f"{new}?payee={payee['id']}")
    assert ada.page.form(new).fields["payee_id"] == payee["id"]
    ada.send(new, 422, step="review", from_account_id=account["id"], payee_id="", amount="1,001", first_on="")
    assert "Choose a payee" in text_of(ada)
    first = ahead()
    fields = {"from_account_id": account["id"], "payee_id": payee["id"], "amount": "65,5", "first_on": first}
    ada.send(new, step="review", frequency="weekly", description="Rent", end_to_end_id="FLAT-7", **fields)
    assert "65.50 EUR" in text_of(ada)
    assert "Weekly, first on" in text_of(ada)
    assert "name is that of the account" in text_of(ada)
    assert ada.ask(services.TRANSACTION, "GET", "/api/standing-orders") == [], "a review arranges nothing"
    replies = [ada.send(new, 303, step="send") for _ in range(3)]
    (order,) = ada.ask(services.TRANSACTION, "GET", "/api/standing-orders")
    assert order["end_to_end_id"] == "FLAT-7"
    path = f"/standing-orders/{order['id']}"
    assert {reply.headers["Location"] for reply in replies} == {path}
    assert (order["amount"], order["frequency"], order["next_on"]) == ("65.50", "weekly", first)
    ada.follow(replies[0])
    for action, said in (("pause", "Paused"), ("resume", "Resumed"), ("end", "The standing order has ended")):
        assert said in ada.follow(ada.send(f"{path}/{action}", 303)).text
    ended = ada.ask(services.TRANSACTION, "GET", f"/api{path}")
    assert ended["status"] == "cancelled"
    assert "Bob Stone" in ada.open("/standing-orders").text


def test_a_payment_on_a_day_is_arranged_and_called_off(ada: Customer, account: dict[str, Any], bob: Customer) -> None:
    theirs, new = bob.opened(), "/scheduled-payments/new"
    ada.open(new)
    day = ahead()
    fields = {"from_account_id": account["id"], "to_account_number": theirs["account_number"], "first_on": day}
    ada.send(new, step="review", amount="80.00", **fields)
    assert "B*** S***" in text_of(ada)
    ada.follow(ada.send(new, 303, step="send"))
    (payment,) = ada.ask(services.TRANSACTION, "GET", "/api/scheduled-payments")
    assert (payment["execute_on"], payment["amount"]) == (day, "80.00")
    reply = ada.send(f"/scheduled-payments/{payment['id']}/cancel", 303)
    assert "The payment has been cancelled" in ada.follow(reply).text
    assert "Nothing was paid" in text_of(ada)
    ada.open(new)
    ada.send(new, 422, step="review", amount="1.00", **{**fields, "first_on": "tomorrow"})
    assert "Enter a date" in text_of(ada)
    ada.open(new)
    ada.send(new, 422, step="review", amount="1.00", **{**fields, "to_account_number": "DE89370400440532013000"})
    assert "No account of this bank has this number" in text_of(ada)
    ada.open(new)
    ada.send(new, step="review", amount="1.00", **{**fields, "first_on": "2020-01-01"})
    ada.send(new, 422, step="send")
    assert "This day has passed" in text_of(ada)


def test_an_order_is_changed_in_what_differs_alone(ada: Customer, account: dict[str, Any], bob: Customer) -> None:
    order = arranged(ada, account, bob, description="Rent", last_on=ahead(400))
    path = f"/standing-orders/{order['id']}"
    ada.open(path)
    page = ada.open(f"{path}/change")
    shown = page.form(f"{path}/change").fields
    assert (shown["amount"], shown["first_on"], shown["frequency"]) == ("1.00", order["next_on"], "monthly")
    ada.send(f"{path}/change", 422)
    assert "Nothing has changed" in text_of(ada)
    ada.send(f"{path}/change", 422, amount="1,001", last_on="never")
    assert "two ways" in text_of(ada)
    assert "Enter a date" in text_of(ada)
    day = ahead(90)
    reply = ada.send(f"{path}/change", 303, amount="675,5", frequency="weekly", first_on=day, last_on="")
    assert "The standing order has been changed" in ada.follow(reply).text
    changed = ada.ask(services.TRANSACTION, "GET", f"/api{path}")
    assert {name: changed[name] for name in ("amount", "frequency", "first_on", "last_on", "description")} == {
        "amount": "675.50",
        "frequency": "weekly",
        "first_on": day,
        "last_on": None,
        "description": "Rent",
    }
    ada.open(f"{path}/change")
    ada.send(f"{path}/change", 422, first_on="2020-01-01")
    assert "This day has passed" in text_of(ada)
    ada.open(path)
    ada.send(f"{path}/end", 303)
    ada.follow(ada.client.get(f"{path}/change"))
    assert "can no longer be changed" in text_of(ada)


def test_a_scheduled_payment_is_changed_until_it_is_paid(ada: Customer, account: dict[str, Any], bob: Customer) -> None:
    asked = {"from_account_id": account["id"], "to_account_id": bob.opened()["id"], "amount": "8.00"}
    payment = ada.ask(services.TRANSACTION, "POST", "/api/scheduled-payments", {**asked, "execute_on": ahead()})
    path = f"/scheduled-payments/{payment['id']}"
    assert "Bob" not in ada.open(path).by_id["content"], "a name that is not the payer's own word is masked"
    ada.open(f"{path}/change")
    ada.follow(ada.send(f"{path}/change", 303, amount="9.00", first_on=ahead(60), description="Keys"))
    assert "9.00 EUR" in text_of(ada)
    changed = ada.ask(services.TRANSACTION, "GET", f"/api{path}")
    assert (changed["amount"], changed["execute_on"], changed["description"]) == ("9.00", ahead(60), "Keys")
    ada.open(f"{path}/change")
    ada.send(f"{path}/change", 422, amount="99999999.00")
    assert "may be" in text_of(ada)


def test_what_is_anothers_is_not_there(ada: Customer, account: dict[str, Any], bob: Customer, web: WebBank) -> None:
    order, other = arranged(ada, account, bob), web.customer("Nora Neighbour")
    for path in (f"/standing-orders/{order['id']}", f"/standing-orders/{order['id']}/change"):
        assert other.client.get(path).status_code == 404


def test_a_payee_is_offered_where_money_is_sent_and_the_name_checked(
    ada: Customer, account: dict[str, Any], bob: Customer
) -> None:
    number = bob.opened()["account_number"]
    payee = {"name": "B. Stone", "account_number": number}
    ada.ask(services.TRANSACTION, "POST", "/api/payees", payee)
    page = ada.open(f"/transfer?number={number}")
    grouped = [given.get("value", "") for tag, given in page.tags if tag == "option"]
    assert number in [value.replace(" ", "") for value in grouped]
    ada.send("/transfer", step="review", from_account_id=account["id"], amount="1.00")
    assert "name is slightly different from your payee's" in text_of(ada)
    assert ada.follow(ada.send("/transfer", 303, step="send")).text


def test_staff_read_one_customers_orders_and_change_them_for_them(
    ada: Customer, account: dict[str, Any], bob: Customer, web: WebBank
) -> None:
    order = arranged(ada, account, bob, description="Ada's own")
    arranged(bob, bob.opened(), ada, description="Bob's own")
    clerk = web.employee()
    page = clerk.open(f"/standing-orders?customer={ada.user_id}")
    assert "Only Ada Lovelace's." in page.text
    assert ("Ada's own" in page.text, "Bob's own" in page.text) == (True, False)
    assert "Bob's own" in clerk.open("/standing-orders").text
    path = f"/standing-orders/{order['id']}"
    assert "Ada Lovelace" in clerk.open(path).text
    clerk.open(f"{path}/change")
    clerk.send(f"{path}/change", 303, amount="2.00")
    assert ada.ask(services.TRANSACTION, "GET", f"/api{path}")["amount"] == "2.00"
    assert ada.open(f"/standing-orders?customer={bob.user_id}").text.count("Ada's own"), "a customer sees their own"


def arranged(payer: Customer, account: dict[str, Any], payee: Customer, **more: str) -> dict[str, Any]:
    asked = {"from_account_id": account["id"], "to_account_id": payee.opened()["id"], "amount": "1.00"}
    schedule = {"frequency": "monthly", "first_on": ahead()}
    made: dict[str, Any] = payer.ask(
        services.TRANSACTION, "POST", "/api/standing-orders", {**asked, **schedule, **more}
    )
    return made


def test_an_order_into_another_currency_says_on_review_that_it_is_exchanged_each_time(
    ada: Customer, account: dict[str, Any], bob: Customer
) -> None:
    theirs = bob.opened(currency="USD")
    new = "/standing-orders/new"
    ada.open(new)
    given = {"from_account_id": account["id"], "to_account_number": theirs["account_number"], "amount": "10.00"}
    ada.send(new, 200, step="review", first_on=ahead(), **given)
    assert "exchanged at the rate of each payment's moment" in text_of(ada)
    reply = ada.send(new, 303, step="send", first_on=ahead(), **given)
    assert "Standing order to" in ada.follow(reply).text


def test_an_order_of_what_arrives_is_in_the_currency_of_whom_it_pays(
    ada: Customer, account: dict[str, Any], bob: Customer
) -> None:
    theirs = bob.opened(currency="JPY")
    new = "/standing-orders/new"
    ada.open(new)
    assert ada.page.form(new).fields["currency"] == "EUR", "the amount is in the one currency that she has"
    given = {"from_account_id": account["id"], "to_account_number": theirs["account_number"], "currency": "JPY"}
    ada.send(new, 422, step="review", first_on=ahead(), amount="10.50", **given)
    assert ada.page.by_id["amount-error"].strip()
    ada.send(new, 200, step="review", first_on=ahead(), amount="1000", **given)
    assert "as much as that costs at the rate of each payment's moment" in text_of(ada)
    assert "1,000 JPY" in text_of(ada)
    page = ada.follow(ada.send(new, 303, step="send", first_on=ahead(), amount="1000", **given))
    assert "is what arrives" in page.text
    assert "1,000" in page.text
    (order,) = ada.ask(services.TRANSACTION, "GET", "/api/standing-orders")
    assert (order["amount"], order["currency"], order["fixed"]) == ("1000", "JPY", "target")
    ada.open(new)
    unknown = {**given, "to_account_number": "DE02120300000000202051"}
    ada.send(new, 422, step="review", first_on=ahead(), amount="10", **unknown)
    assert "No account of this bank has this number." in ada.page.text


def test_an_order_is_in_no_currency_but_those_of_its_two_accounts(
    ada: Customer, account: dict[str, Any], bob: Customer
) -> None:
    pounds = ada.opened(currency="GBP", nickname="Holidays")
    theirs, new = bob.opened(currency="USD")["account_number"], "/scheduled-payments/new"
    ada.open(new)
    assert ada.page.form(new).fields["currency"] == "", "that of the account, whichever is chosen"
    given = {"from_account_id": pounds["id"], "to_account_number": theirs, "amount": "10", "first_on": ahead()}
    ada.send(new, 422, step="review", currency="EUR", **given)
    assert "Between these two accounts the amount is in GBP or USD." in text_of(ada)
    ada.send(new, 200, step="review", currency="", **given)
    assert "10.00 GBP" in text_of(ada)
    ada.send(new, 200, step="edit")
    assert ada.page.form(new).fields["currency"] == "GBP"
    ada.send(new, 200, step="review", currency="USD", **given)
    assert "10.00 USD" in text_of(ada)
    ada.follow(ada.send(new, 303, step="send"))
    (order,) = ada.ask(services.TRANSACTION, "GET", "/api/scheduled-payments")
    assert (order["amount"], order["currency"], order["fixed"]) == ("10.00", "USD", "target")
    own = {**given, "to_account_number": account["account_number"], "from_account_id": account["id"]}
    ada.open(new)
    ada.send(new, 422, step="review", currency="CHF", **{**own, "from_account_id": pounds["id"]})
    assert "the amount is in GBP or EUR" in text_of(ada)
