"""Payees, standing orders, payments on a day and direct debits on the pages: each arranged once, by whose it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import services
from shared.target_calendar import following_target_day
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
    for name, said in (("Bob Stone", "is that of the account"), ("Bob Stome", "is called Bob Stone")):
        reply = ada.send("/payees", 303, name=name, account_number=number, reference="Flat 7")
        assert said in ada.follow(reply).text
        (payee,) = ada.ask(services.TRANSACTION, "GET", "/api/payees")
        assert (payee["name"], payee["reference"]) == (name, "Flat 7")
        reply = ada.send(f"/payees/{payee['id']}/forget", 303)
        assert "no payee of yours any more" in ada.follow(reply).text
    ada.send("/payees", 422, name="Bob", account_number="DE00 1234")
    assert "account number" in text_of(ada)


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
    ada.send(new, step="review", frequency="weekly", description="Rent", **fields)
    assert "65.50 EUR" in text_of(ada)
    assert "Weekly, first on" in text_of(ada)
    assert "name is that of the account" in text_of(ada)
    assert ada.ask(services.TRANSACTION, "GET", "/api/standing-orders") == [], "a review arranges nothing"
    replies = [ada.send(new, 303, step="send") for _ in range(3)]
    (order,) = ada.ask(services.TRANSACTION, "GET", "/api/standing-orders")
    path = f"/standing-orders/{order['id']}"
    assert {reply.headers["Location"] for reply in replies} == {path}
    assert (order["amount"], order["frequency"], order["next_on"]) == ("65.50", "weekly", first)
    ada.follow(replies[0])
    for action, said in (("pause", "Paused"), ("resume", "Resumed"), ("end", "has ended")):
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
    assert "called off" in ada.follow(reply).text
    ada.open(new)
    ada.send(new, 422, step="review", amount="1.00", **{**fields, "to_account_number": "DE89370400440532013000"})
    assert "No account of this bank has this number" in text_of(ada)
    ada.open(new)
    ada.send(new, step="review", amount="1.00", **{**fields, "first_on": "2020-01-01"})
    ada.send(new, 422, step="send")
    assert "This day has passed" in text_of(ada)


def test_a_mandate_is_confirmed_and_a_collection_refused_on_one_page(
    ada: Customer, account: dict[str, Any], bob: Customer
) -> None:
    power = bob.opened()
    asked = {
        "creditor_account_id": power["id"],
        "debtor_account_number": account["account_number"],
        "reference": "POWER-1",
    }
    mandate = bob.ask(services.TRANSACTION, "POST", "/api/direct-debits/mandates", asked)
    assert "Bob Stone" in ada.open("/direct-debits").text
    reply = ada.send(f"/direct-debits/mandates/{mandate['id']}/confirm", 303)
    assert "may collect from your account now" in ada.follow(reply).text
    collection = {"mandate_id": mandate["id"], "amount": "48.20", "due_on": ahead(), "description": "Electricity"}
    made = bob.ask(services.TRANSACTION, "POST", "/api/direct-debits/collections", collection)
    assert "Electricity" in ada.open("/direct-debits").text
    reply = ada.send(f"/direct-debits/collections/{made['id']}/cancel", 303)
    assert "Nothing will be collected" in ada.follow(reply).text
    assert "refused" in text_of(ada)
    bob.open("/direct-debits")
    assert "MS02" not in text_of(bob), "people read words"
    ada.follow(ada.send(f"/direct-debits/mandates/{mandate['id']}/end", 303))
    assert "Ended mandates" in text_of(ada)


def test_what_is_anothers_is_not_there(ada: Customer, account: dict[str, Any], web: WebBank) -> None:
    order = ada.ask(
        services.TRANSACTION,
        "POST",
        "/api/standing-orders",
        {
            "from_account_id": account["id"],
            "to_account_id": ada.opened()["id"],
            "amount": "1.00",
            "frequency": "monthly",
            "first_on": ahead(),
        },
    )
    other = web.customer("Nora Neighbour")
    assert other.client.get(f"/standing-orders/{order['id']}").status_code == 404


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
    assert "not quite the one that you gave your payee" in text_of(ada)
    assert ada.follow(ada.send("/transfer", 303, step="send")).text


def test_staff_read_what_customers_arranged_and_act_on_nothing_there(
    ada: Customer, account: dict[str, Any], bob: Customer, web: WebBank
) -> None:
    asked = {
        "creditor_account_id": bob.opened()["id"],
        "debtor_account_number": account["account_number"],
        "reference": "STAFF-1",
    }
    bob.ask(services.TRANSACTION, "POST", "/api/direct-debits/mandates", asked)
    page = web.employee().open("/direct-debits")
    assert "STAFF-1" in page.text
    assert [form.action for form in page.forms if "direct-debits" in form.action] == []
