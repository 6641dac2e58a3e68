"""Direct debits on the pages: who pays agrees, refuses and has money back; who collects asks and collects once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from shared import services
from shared.time.business_days import business_day
from shared.time.clock import from_wire
from shared.time.target_calendar import following_target_day
from tests.web_bank import Customer, WebBank, open_web_bank
from tests.web_people import catch_up

MANDATES, COLLECTIONS = "/api/direct-debits/mandates", "/api/direct-debits/collections"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebBank]:
    """A bank of its own: its clock moves."""
    with open_web_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> dict[str, Any]:
    return ada.opened(initial_deposit="900.00", nickname="Everyday")


@pytest.fixture
def power(web: WebBank) -> Customer:
    return web.customer("Power and Light")


def text_of(customer: Any) -> str:
    return " ".join(customer.page.by_id["content"].split())


def ahead(web: WebBank, days: int = 30) -> str:
    """A day on which banks settle, so many days of the bank from now."""
    clock = web.bank.client(services.TRANSACTION).get("/api/transactions/clock", headers=web.bank.headers("employee"))
    today = business_day(from_wire(clock.json["data"]["bank_time"]))
    return following_target_day(today + timedelta(days=days)).isoformat()


def after(collection: dict[str, Any]) -> str:
    """The day after it is collected, whether banks settle on that or not."""
    return (date.fromisoformat(collection["due_on"]) + timedelta(days=1)).isoformat()


def asked(creditor: Customer, debtor: dict[str, Any], reference: str = "POWER-1") -> dict[str, Any]:
    facts = {"creditor_account_id": creditor.opened()["id"], "debtor_account_number": debtor["account_number"]}
    made: dict[str, Any] = creditor.ask(services.TRANSACTION, "POST", MANDATES, {**facts, "reference": reference})
    return made


def announced(creditor: Customer, mandate: dict[str, Any], due_on: str) -> dict[str, Any]:
    facts = {"mandate_id": mandate["id"], "amount": "48.20", "due_on": due_on, "description": "Electricity"}
    made: dict[str, Any] = creditor.ask(services.TRANSACTION, "POST", COLLECTIONS, facts)
    return made


def test_whoever_pays_agrees_refuses_a_collection_and_ends_the_mandate(
    ada: Customer, account: dict[str, Any], power: Customer, web: WebBank
) -> None:
    mandate = asked(power, account)
    assert "Waiting for your answer" in ada.open("/direct-debits").text
    reply = ada.send(f"/direct-debits/mandates/{mandate['id']}/confirm", 303)
    assert "Power and Light may now collect" in ada.follow(reply).text
    made = announced(power, mandate, ahead(web))
    assert "Electricity" in ada.open("/direct-debits").text
    path = f"/direct-debits/collections/{made['id']}"
    assert "Refuse this direct debit" in ada.open(path).text
    assert "Nothing will be collected" in ada.follow(ada.send(f"{path}/cancel", 303)).text
    assert "The payer refused it" in text_of(ada)
    assert "The payer refused it" in power.open("/direct-debits/collecting").text, "people read words"
    path = f"/direct-debits/mandates/{mandate['id']}"
    ada.open(path)
    assert "any more" in ada.follow(ada.send(f"{path}/end", 303)).text
    assert "Ended mandates" in ada.open("/direct-debits").text


def test_a_mandate_is_asked_for_once_and_collected_by_once(
    ada: Customer, account: dict[str, Any], power: Customer, web: WebBank
) -> None:
    into, new = power.opened(), "/direct-debits/mandates/new"
    power.open(new)
    facts = {"creditor_account_id": into["id"], "reference": "CLUB-7", "kind": "recurring"}
    for number, said in (("", "Must be given"), ("DE89370400440532013000", "No account at this bank")):
        power.send(new, 422, debtor_account_number=number, **facts)
        assert said in text_of(power)
    power.send(new, 422, debtor_account_number=into["account_number"], **facts)
    assert "the account you collect into" in text_of(power)
    replies = [power.send(new, 303, debtor_account_number=account["account_number"], **facts) for _ in range(2)]
    (mandate,) = power.ask(services.TRANSACTION, "GET", MANDATES)
    path = f"/direct-debits/mandates/{mandate['id']}"
    assert {reply.headers["Location"] for reply in replies} == {path}
    assert "A*** L*** has been asked" in power.follow(replies[0]).text
    assert "has not agreed" in power.open(f"{path}/collect").text
    ada.ask(services.TRANSACTION, "POST", f"{MANDATES}/{mandate['id']}/confirm", {})
    power.open(f"{path}/collect")
    power.send(f"{path}/collect", 422, step="review", amount="5", due_on="soon")
    assert "Enter a date" in text_of(power)
    power.send(
        f"{path}/collect", step="review", amount="5,5", due_on=ahead(web), description="December", end_to_end_id="DEC-7"
    )
    assert "5.50 EUR" in text_of(power)
    assert power.ask(services.TRANSACTION, "GET", COLLECTIONS) == [], "a review collects nothing"
    replies = [power.send(f"{path}/collect", 303, step="send") for _ in range(3)]
    (made,) = power.ask(services.TRANSACTION, "GET", COLLECTIONS)
    assert {reply.headers["Location"] for reply in replies} == {f"/direct-debits/collections/{made['id']}"}
    assert (made["amount"], made["due_on"], made["description"]) == ("5.50", ahead(web), "December")
    assert made["end_to_end_id"] == "DEC-7"
    power.follow(replies[0])
    reply = power.send(f"/direct-debits/collections/{made['id']}/cancel", 303)
    assert "Nothing will be collected" in power.follow(reply).text


def test_what_was_collected_comes_back_once_and_leads_to_its_payments(
    ada: Customer, account: dict[str, Any], power: Customer, web: WebBank
) -> None:
    mandate = asked(power, account)
    ada.ask(services.TRANSACTION, "POST", f"{MANDATES}/{mandate['id']}/confirm", {})
    collection = announced(power, mandate, ahead(web, 5))
    path = f"/direct-debits/collections/{collection['id']}"
    go_to(web, after(collection))
    assert ada.balance(account) == "851.80"
    payment = ada.ask(services.TRANSACTION, "GET", f"/api{path}")["transaction_id"]
    assert "Get this money back" not in power.open(path).text
    assert f"/transactions/{payment}" in links(ada.open(path))
    replies = [ada.send(f"{path}/refund", 303) for _ in range(2)]
    assert "48.20 EUR came back" in ada.follow(replies[0]).text
    assert ada.balance(account) == "900.00"
    refund = ada.ask(services.TRANSACTION, "GET", f"/api{path}")["refund_transaction_id"]
    assert f"/transactions/{refund}" in links(ada.page)


def test_what_a_closed_account_paid_comes_back_to_another_one(
    ada: Customer, account: dict[str, Any], power: Customer, web: WebBank
) -> None:
    mandate = asked(power, account)
    ada.ask(services.TRANSACTION, "POST", f"{MANDATES}/{mandate['id']}/confirm", {})
    collection = announced(power, mandate, ahead(web, 40))
    path = f"/direct-debits/collections/{collection['id']}"
    go_to(web, after(collection))
    withdrawn = {"account_id": account["id"], "amount": "851.80"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", withdrawn)
    ada.ask(services.ACCOUNT, "DELETE", f"/api/accounts/close/{account['id']}")
    assert "Open another one in EUR" in ada.open(path).text
    ada.opened(currency="USD")
    other = ada.opened(nickname="Savings")
    credit = {"kind": "credit", "settlement_account_id": other["id"]}
    ada.ask(services.ACCOUNT, "POST", "/api/cards/create", credit)
    page = ada.open(path)
    assert [given["value"] for tag, given in page.tags if tag == "option"] == [other["id"]], (
        "in its currency alone, and no credit card"
    )
    reply = ada.send(f"{path}/refund", 303, to_account_id=other["id"])
    assert "48.20 EUR came back" in ada.follow(reply).text
    assert ada.balance(other) == "48.20"
    ended = ada.open(f"/direct-debits/mandates/{mandate['id']}")
    assert "Cancelled" in ended.text


def links(page: Any) -> set[str]:
    return {given["href"] for tag, given in page.tags if tag == "a" and "href" in given}


def go_to(web: WebBank, day: str) -> None:
    headers = web.bank.headers(user_id="simulator-service", role="service", scope="bank:simulate")
    clock = {"advance_to": day, "wait_seconds": 30}
    moved = web.bank.client(services.TRANSACTION).post("/api/transactions/clock", json=clock, headers=headers)
    assert moved.json["data"]["target_time"] is None, moved.text


def test_of_what_the_bank_took_back_the_page_offers_what_is_left(
    ada: Customer, account: dict[str, Any], power: Customer, web: WebBank
) -> None:
    mandate, ledger = asked(power, account), web.bank.client(services.TRANSACTION)
    ada.ask(services.TRANSACTION, "POST", f"{MANDATES}/{mandate['id']}/confirm", {})
    made = [announced(power, mandate, ahead(web, 20)) for _ in range(2)]
    paths = [f"/direct-debits/collections/{one['id']}" for one in made]
    go_to(web, after(made[0]))
    for path, taken_back in zip(paths, ({"amount": "8.20"}, {}), strict=True):
        payment = ada.ask(services.TRANSACTION, "GET", f"/api{path}")["transaction_id"]
        reverse, body = f"/api/transactions/{payment}/reverse", {"reason": "wrong", **taken_back}
        headers = {**web.bank.headers("employee"), "Idempotency-Key": f"reverse-{payment}"}
        assert ledger.post(reverse, json=body, headers=headers).status_code == 201
    part, whole = paths
    ada.open(whole)
    assert "Taken back by the bank" in text_of(ada)
    assert "Get this money back" not in text_of(ada)
    assert "Taken back" in ada.open("/direct-debits").text
    ada.open(part)
    assert "40.00 EUR comes back at once" in text_of(ada)
    assert "40.00 EUR came back" in ada.follow(ada.send(f"{part}/refund", 303)).text
    assert "40.00 EUR; the bank had taken back the rest" in text_of(ada)
    assert ada.balance(account) == "900.00"


def test_staff_read_everybodys_and_one_customers_and_agree_for_a_payer_who_is_told(
    ada: Customer, account: dict[str, Any], power: Customer, web: WebBank
) -> None:
    mandate, other = asked(power, account, "STAFF-1"), web.customer("Bob Stone")
    asked(power, other.opened(), "STAFF-2")
    clerk = web.employee()
    assert all(name in clerk.open("/direct-debits").text for name in ("STAFF-1", "STAFF-2"))
    page = clerk.open(f"/direct-debits?customer={ada.user_id}")
    assert ("STAFF-1" in page.text, "STAFF-2" in page.text) == (True, False)
    assert [form.action for form in page.forms if "direct-debits" in form.action] == []
    path = f"/direct-debits/mandates/{mandate['id']}"
    actions = [{form.action for form in person.open(path).forms} for person in (clerk, power, ada)]
    assert [f"{path}/confirm" in offered for offered in actions] == [True, False, True]
    assert [f"{path}/end" in offered for offered in actions] == [True, True, True]
    assert other.client.get(path).status_code == 404
    clerk.open(path)
    assert "Agree for the payer" in clerk.page.text
    assert "may now collect" in clerk.follow(clerk.send(f"{path}/confirm", 303)).text
    catch_up(web)
    told = ada.open("/inbox").text
    assert "The bank agreed to a direct debit mandate for you" in told
    assert "If you did not ask the bank for that, end it." in told
    assert "by the bank for the payer" in " ".join(ada.open(path).text.split())


def test_who_collects_from_another_account_of_their_own_agrees_on_the_mandates_page(
    power: Customer,
) -> None:
    mandate = asked(power, power.opened(), "OWN-1")
    path = f"/direct-debits/mandates/{mandate['id']}"
    page = power.open(path)
    assert "nothing is collected before you agree" in page.text
    assert f"{path}/confirm" in {form.action for form in page.forms}


def test_older_mandates_are_on_pages_of_their_own(
    ada: Customer, account: dict[str, Any], power: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.direct_debits.views.MANDATES_SHOWN", 2)
    for number in (1, 2, 3):
        asked(power, account, f"PAGE-{number}")
    for person, path in ((ada, "/direct-debits"), (power, "/direct-debits/collecting")):
        page = person.open(path)
        assert [f"PAGE-{number}" in page.text for number in (1, 2, 3)] == [False, True, True]
        (older,) = [href for href in links(page) if "mandates=" in href]
        page = person.open(older)
        assert [f"PAGE-{number}" in page.text for number in (1, 2, 3)] == [True, False, False]
        assert "End of the list" in page.text
        assert person.client.get(f"{path}?mandates=nothing").status_code == 303
