"""Credit cards on the pages: ordered once, billed, and paid once."""

from typing import Any

import pytest

from shared import services
from tests.integration.test_web_cards import asked_to_pay, cards_of, hrefs, now, text_of
from tests.web_bank import Customer, WebBank


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> dict[str, Any]:
    """Ada's, with 500.00 in it."""
    return ada.opened(initial_deposit="500.00")


@pytest.fixture
def card(ada: Customer, account: dict[str, Any]) -> dict[str, Any]:
    order = {"kind": "credit", "settlement_account_id": account["id"], "billing_day": 9}
    issued: dict[str, Any] = ada.ask(services.ACCOUNT, "POST", "/api/cards/create", order)
    return issued


def test_a_credit_card_is_ordered_once_however_often_the_form_is_sent(ada: Customer, account: dict[str, Any]) -> None:
    assert "/cards/new/credit" in hrefs(ada.open("/cards"))
    ada.open("/cards/new/credit")
    answers = {"settlement_account": account["id"], "credit_limit": "1000", "billing_day": "12", "nickname": "Travel"}
    replies = [ada.send("/cards/new/credit", 303, **answers) for _ in range(3)]
    (card,) = cards_of(ada)
    assert {reply.headers["Location"] for reply in replies} == {f"/cards/{card['id']}"}
    assert (card["credit_limit"], card["billing_day"]) == ("1000.00", 12)
    shown = text_of(ada.open(f"/cards/{card['id']}"))
    assert "1,000.00" in shown
    assert "on day 12 of each month" in shown


def test_what_cannot_be_lent_is_said_beside_the_form(ada: Customer, account: dict[str, Any]) -> None:
    ada.open("/cards/new/credit")
    page = ada.send("/cards/new/credit", 422, settlement_account=account["id"], credit_limit="9999").text
    assert "it can lend 2,500.00 EUR at most" in page
    ada.open("/cards/new/credit")
    assert "1 to 28" in ada.send("/cards/new/credit", 422, settlement_account=account["id"], billing_day="31").text
    assert cards_of(ada) == []


def test_what_is_owed_is_filled_in_reviewed_and_paid_once(
    web: WebBank, ada: Customer, account: dict[str, Any], card: dict[str, Any]
) -> None:
    asked_to_pay(web, card, "80.50", capture=True)
    page = ada.open(f"/cards/{card['id']}")
    assert f"/cards/{card['id']}/pay" in hrefs(page)
    assert f"/cards/{card['id']}/bills" in hrefs(page)
    path = f"/cards/{card['id']}/pay"
    ada.open(path)
    too_much = ada.send(path, 422, from_account=account["id"], amount="501", step="review").text
    assert "more than the 500.00 EUR available" in too_much
    too_much = ada.send(path, 422, from_account=account["id"], amount="80.51", step="review").text
    assert "more than the 80.50 EUR owed" in too_much
    ada.open(path)
    review = ada.send(path, 200, from_account=account["id"], amount="50", step="review")
    assert "Review the payment" in review.text
    replies = [ada.send(path, 303, from_account=account["id"], amount="50.00", step="send") for _ in range(3)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert now(ada, card)["balance"] == "-30.50"


def test_its_holder_sets_limit_billing_day_and_linked_account_and_staff_set_more(
    web: WebBank, ada: Customer, account: dict[str, Any], card: dict[str, Any]
) -> None:
    path, other = f"/cards/{card['id']}/terms", ada.opened(nickname="Bills")
    assert path in hrefs(ada.open(f"/cards/{card['id']}"))
    assert chosen_among(ada.open(path), "settlement_account") == {account["id"], other["id"]}
    wanted = {"credit_limit": "2500.01", "billing_day": "17", "settlement_account": other["id"]}
    assert "it can lend 2,500.00 EUR at most" in ada.send(path, 422, **wanted).text
    assert "1 to 28" in ada.send(path, 422, **{**wanted, "billing_day": "29"}).text
    assert "Choose one of these" in ada.send(path, 422, **{**wanted, "settlement_account": card["account_id"]}).text
    ada.send(path, 303, **{**wanted, "credit_limit": "1200"})
    changed = now(ada, card)
    assert [changed[name] for name in ("credit_limit", "billing_day", "settlement_account_id")] == [
        "1200.00",
        17,
        other["id"],
    ]
    clerk = web.employee()
    assert chosen_among(clerk.open(path), "settlement_account") == {account["id"], other["id"]}
    clerk.send(path, 303, credit_limit="4000.00", billing_day="17", settlement_account=account["id"])
    assert (now(ada, card)["credit_limit"], now(ada, card)["settlement_account_id"]) == ("4000.00", account["id"])
    assert web.customer("Bob Roe").client.get(path).status_code == 404


def test_a_card_whose_linked_account_is_frozen_has_its_other_terms_changed(
    web: WebBank, ada: Customer, account: dict[str, Any], card: dict[str, Any]
) -> None:
    path, other = f"/cards/{card['id']}/terms", ada.opened(nickname="Bills")
    for one in (account, other):
        web.staff(services.ACCOUNT, "POST", f"/api/accounts/{one['id']}/freeze", {"reason": "a test"})
    assert disabled_among(ada.open(path)) == {other["id"]}
    ada.send(path, 303, billing_day="17", credit_limit="900")
    assert [now(ada, card)[name] for name in ("billing_day", "settlement_account_id")] == [17, account["id"]]


def test_whoever_cannot_give_a_card_up_reads_what_helps(web: WebBank, ada: Customer, card: dict[str, Any]) -> None:
    asked_to_pay(web, card, "20.00", capture=True)
    path = f"/cards/{card['id']}/cancel"
    ada.open(path)
    said = ada.send(path, 422).text
    assert "is taken from the account that its bills are paid from" in said


def test_a_lost_card_is_set_and_given_up_on_its_page(
    ada: Customer, account: dict[str, Any], card: dict[str, Any]
) -> None:
    ada.ask(services.ACCOUNT, "POST", f"/api/cards/{card['id']}/report", {"reason": "lost"})
    path, other = f"/cards/{card['id']}", ada.opened(nickname="Bills")
    assert {f"{path}/{act}" for act in ("terms", "replace", "cancel")} <= set(hrefs(ada.open(path)))
    ada.open(f"{path}/terms")
    ada.send(f"{path}/terms", 303, settlement_account=other["id"])
    assert now(ada, card)["settlement_account_id"] == other["id"]
    assert "no new card is issued for it" in text_of(ada.open(f"{path}/cancel"))
    ada.send(f"{path}/cancel", 303)
    ended = set(hrefs(ada.open(path)))
    assert not {f"{path}/{act}" for act in ("terms", "replace", "cancel", "report")} & ended
    assert ada.ask(services.ACCOUNT, "GET", f"/api/accounts/details/{card['account_id']}")["status"] == "closed"


def test_what_is_owed_on_a_card_has_a_line_of_its_own(web: WebBank, ada: Customer, card: dict[str, Any]) -> None:
    for path in ("/dashboard", "/accounts"):
        assert "Owed on credit cards" not in text_of(ada.open(path))
    asked_to_pay(web, card, "80.50", capture=True)
    for path in ("/dashboard", "/accounts"):
        page = ada.open(path)
        shown = [given["value"] for tag, given in page.tags if tag == "data"]
        assert "Owed on credit cards" in text_of(page)
        assert ("80.50" in text_of(page), "500.00" in shown) == (True, True), path


def test_bills_are_read_by_their_holder_and_staff_and_nobody_else(
    web: WebBank, ada: Customer, card: dict[str, Any]
) -> None:
    asked_to_pay(web, card, "80.50", capture=True)
    path = f"/cards/{card['id']}/bills"
    assert "80.50" in text_of(ada.open(path))
    assert "So far on the bill of" in text_of(ada.open(f"{path}/open"))
    assert "This is the first page." in ada.follow(ada.client.get(f"{path}?cursor=none")).text
    clerk = web.employee()
    assert "80.50" in clerk.client.get(path).text
    assert clerk.client.get(f"/cards/{card['id']}/pay").status_code == 404
    bob = web.customer("Bob Roe")
    assert bob.client.get(path).status_code == 404


def test_the_account_of_a_credit_card_shows_its_limit_and_no_ways_to_pay_from_it(
    ada: Customer, card: dict[str, Any]
) -> None:
    page = ada.open(f"/accounts/{card['account_id']}")
    assert "up to 2,500.00 EUR" in text_of(page)
    assert not any(href.startswith("/withdraw") for href in hrefs(page))


def test_forms_take_no_money_from_what_a_card_lends(
    ada: Customer, account: dict[str, Any], card: dict[str, Any]
) -> None:
    for path, field in (
        ("/transfer", "from_account_id"),
        ("/withdraw", "account_id"),
        ("/standing-orders/new", "from_account_id"),
    ):
        offered = chosen_among(ada.open(path), field)
        assert account["id"] in offered, path
        assert card["account_id"] not in offered, path
    assert card["account_id"] in chosen_among(ada.open("/deposit"), "account_id")
    assert card["account_id"] in chosen_among(ada.open("/transfer"), "to_account_id")


def disabled_among(page: Any) -> set[str]:
    """The values that a page shows and nobody can choose."""
    return {given.get("value", "") for tag, given in page.tags if tag == "option" and "disabled" in given}


def chosen_among(page: Any, field: str) -> set[str]:
    """The values that a page offers in one of its fields."""
    found, within = set(), ""
    for tag, given in page.tags:
        within = given.get("name", "") if tag == "select" else within
        if tag == "option" and within == field:
            found.add(given.get("value", ""))
    return found


def test_a_bill_says_in_words_what_was_paid_too_much(
    web: WebBank, ada: Customer, account: dict[str, Any], card: dict[str, Any]
) -> None:
    asked_to_pay(web, card, "20.00", capture=True)
    more = {"from_account_id": account["id"], "to_account_id": card["account_id"], "amount": "50.00"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", more)
    shown = text_of(ada.open(f"/cards/{card['id']}/bills"))
    assert "Owed before0.00" in shown
    assert "Payments and refunds50.00" in shown
    assert "Paid too much now30.00" in shown
    alone = text_of(ada.open(f"/cards/{card['id']}/bills/open"))
    assert "Credit balance" in alone
    assert "-30.00" not in alone
