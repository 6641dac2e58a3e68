"""Moving money on the pages: fill in, review, send, receipt; whatever happens in between, it moves once."""

from typing import Any

import pytest

from gateway.web.formatting import iban
from shared import services
from tests.pages import SCRIPT_CORPUS
from tests.web_bank import Customer, WebBank
from tests.web_people import catch_up


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> dict[str, Any]:
    """Ada's, with 100.00 in it."""
    return ada.opened(initial_deposit="100.00")


@pytest.fixture
def payee(web: WebBank) -> dict[str, Any]:
    """Somebody else's account."""
    return web.customer("Grace Hopper").opened()


def fill_transfer(ada: Customer, account_number: str, amount: str = "30", **more: str) -> None:
    """From the empty form to the review."""
    ada.open("/transfer")
    ada.send("/transfer", step="review", recipient="somebody", to_account_number=account_number, amount=amount, **more)


def test_a_transfer_is_filled_in_reviewed_and_sent(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    fill_transfer(ada, payee["account_number"], "30,5", description="Rent", category="housing")
    assert "G*** H***" in ada.page.text
    assert "69.50 EUR" in ada.page.text
    assert ada.balance(account) == "100.00", "a review moves nothing"
    receipt = ada.follow(ada.send("/transfer", 303, step="send"))
    assert "Sent 30.50 EUR to Grace Hopper." in receipt.text
    assert "Rent" in receipt.text
    assert ada.balance(account) == "69.50"
    assert (ada.movements()[0]["description"], ada.movements()[0]["category"]) == ("Rent", "housing")


def test_what_the_payer_calls_it_is_reviewed_and_read_by_both(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    ada.open("/transfer")
    typed = {"to_account_number": payee["account_number"], "amount": "1", "recipient": "somebody"}
    ada.send("/transfer", 422, step="review", end_to_end_id="Rechnung Ä", **typed)
    assert "Must be 1 to 35 letters" in ada.page.text
    ada.send("/transfer", step="review", end_to_end_id="INV-0815", **typed)
    assert "INV-0815" in ada.page.text
    assert "INV-0815" in ada.follow(ada.send("/transfer", 303, step="send")).text
    assert ada.movements()[0]["end_to_end_id"] == "INV-0815"
    for typed_id, kept in (("   ", None), (" INV-1 ", "INV-1")):
        ada.open("/transfer")
        ada.send("/transfer", step="review", end_to_end_id=typed_id, **typed)
        ada.send("/transfer", 303, step="send")
        assert ada.movements()[0]["end_to_end_id"] == kept


def test_a_transfer_between_own_accounts_shows_both_balances_after(ada: Customer, account: dict[str, Any]) -> None:
    savings = ada.opened(account_type="savings", initial_deposit="5.00")
    ada.open(f"/transfer?from={account['id']}&to={savings['id']}&amount=40")
    ada.send("/transfer", step="review")
    assert "60.00 EUR" in ada.page.text
    assert "45.00 EUR" in ada.page.text
    ada.send("/transfer", 303, step="send")
    assert (ada.balance(account), ada.balance(savings)) == ("60.00", "45.00")


@pytest.mark.parametrize(("action", "after"), [("deposit", "142.00"), ("withdraw", "58.00")])
def test_cash_in_and_out(ada: Customer, account: dict[str, Any], action: str, after: str) -> None:
    ada.open(f"/{action}?account={account['id']}")
    ada.send(f"/{action}", step="review", amount="42")
    assert f"{after} EUR" in ada.page.text
    receipt = ada.follow(ada.send(f"/{action}", 303, step="send"))
    assert "42.00 EUR" in receipt.text
    assert ada.balance(account) == after


@pytest.mark.parametrize("action", ["transfer", "deposit", "withdraw"])
def test_a_form_sent_twice_moves_money_once(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any], action: str
) -> None:
    ada.open(f"/{action}")
    named = {"to_account_number": payee["account_number"]} if action == "transfer" else {}
    ada.send(f"/{action}", step="review", amount="10", **named)
    replies = [ada.send(f"/{action}", 303, step="send") for _ in range(3)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert len(ada.movements()) == 2  # the first deposit, and this


def test_a_reply_lost_after_the_commit_and_the_form_sent_again_move_money_once(
    web: WebBank, ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    """Catalogue 17."""
    fill_transfer(ada, payee["account_number"])
    web.weather.lose_replies = 1
    ada.send("/transfer", 503, step="send")
    assert "it cannot happen twice" in ada.page.text
    assert iban(payee["account_number"]) in ada.page.by_id["content"], "whom it was for"
    assert ada.balance(account) == "70.00", "it was done, and nobody heard of it"
    receipt = ada.follow(ada.send("/transfer", 303, step="send"))
    assert "Sent 30.00 EUR" in receipt.text
    assert ada.balance(account) == "70.00"


def test_a_ledger_that_is_away_moves_nothing_until_the_form_is_sent_again(
    web: WebBank, ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    fill_transfer(ada, payee["account_number"])
    web.weather.is_away = True
    try:
        ada.send("/transfer", 503, step="send")
    finally:
        web.weather.is_away = False
    assert ada.balance(account) == "100.00"
    ada.send("/transfer", 303, step="send")
    assert ada.balance(account) == "70.00"


def test_what_was_changed_after_all_is_a_new_request_and_what_was_not_is_the_old_one(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    fill_transfer(ada, payee["account_number"])
    first = ada.send("/transfer", 303, step="send").headers["Location"]
    ada.send("/transfer", step="edit")  # from the review, which the Back button brings again
    ada.send("/transfer", step="review")
    assert ada.send("/transfer", 303, step="send").headers["Location"] == first
    ada.send("/transfer", step="edit")
    ada.send("/transfer", step="review", amount="11.00")
    assert ada.send("/transfer", 303, step="send").headers["Location"] != first
    assert ada.balance(account) == "59.00"


def test_too_little_money_is_said_beside_the_amount_and_what_was_typed_is_kept(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    ada.open("/transfer")
    typed = {"to_account_number": payee["account_number"], "amount": "100.01", "description": "Too much"}
    ada.send("/transfer", 422, step="review", recipient="somebody", **typed)
    assert "100.00 EUR" in ada.page.by_id["amount-error"]
    assert ada.page.form("/transfer").fields.items() >= typed.items()


def test_the_ledger_s_own_no_stands_beside_the_amount_and_a_new_try_is_a_new_request(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    fill_transfer(ada, payee["account_number"], "80", description="Rent")
    withdrawal = {"account_id": account["id"], "amount": "50.00"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", withdrawal)
    ada.send("/transfer", 422, step="send")
    assert "more than the 50.00 EUR available" in ada.page.by_id["amount-error"]
    assert ada.page.form("/transfer").fields.items() >= {"amount": "80.00", "description": "Rent"}.items()
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", withdrawal)
    ada.send("/transfer", step="review")
    ada.send("/transfer", 303, step="send")
    assert ada.balance(account) == "20.00"


def test_an_amount_above_the_limit_is_said_beside_the_amount(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    for _ in range(2):
        deposit = {"account_id": account["id"], "amount": "900000.00"}
        ada.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", deposit)
    fill_transfer(ada, payee["account_number"], "1,500,000.00")
    ada.send("/transfer", 422, step="send")
    assert "1,000,000.00 EUR at most" in ada.page.by_id["amount-error"]


def test_a_frozen_account_is_said_beside_the_account_that_is_frozen(
    web: WebBank, ada: Customer, account: dict[str, Any], payee: dict[str, Any]
) -> None:
    fill_transfer(ada, payee["account_number"])
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{payee['id']}/freeze", {"reason": "a test"})
    ada.send("/transfer", 422, step="send")
    assert "frozen" in ada.page.by_id["to_account_number-error"]
    ada.send("/transfer", step="review")
    assert "no money can reach it" in ada.page.text
    assert "step" not in [given.get("name") for tag, given in ada.page.tags if given.get("value") == "send"]
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{account['id']}/freeze", {"reason": "a test"})
    ada.send("/transfer", 422, step="send")
    assert "frozen" in ada.page.by_id["from_account_id-error"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "1,234"}, "amount"),
        ({"amount": "12.345"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"to_account_number": ""}, "to_account_number"),
        ({"to_account_number": "DE00 1234"}, "to_account_number"),
        ({"to_account_number": "GB82 WEST 1234 5698 7654 32"}, "to_account_number"),
        ({"recipient": "own"}, "to_account_id"),
        ({"from_account_id": "nobody's"}, "from_account_id"),
        ({"description": "x" * 141}, "description"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any], typed: dict[str, str], field: str
) -> None:
    ada.open("/transfer")
    said = {"recipient": "somebody", "to_account_number": payee["account_number"], "amount": "1", **typed}
    ada.send("/transfer", 422, step="review", **said)
    assert ada.page.by_id[f"{field}-error"].strip()
    assert ada.balance(account) == "100.00"


def test_an_account_cannot_pay_itself(ada: Customer, account: dict[str, Any]) -> None:
    ada.open("/transfer")
    ada.send("/transfer", 422, step="review", to_account_number=account["account_number"], amount="1")
    assert "the account that pays" in ada.page.by_id["to_account_number-error"]


def test_a_currency_without_a_rate_is_an_obstacle_that_the_review_names(ada: Customer, account: dict[str, Any]) -> None:
    dinars = ada.opened(currency="KWD")
    ada.open(f"/transfer?from={account['id']}&to={dinars['id']}&amount=1")
    ada.send("/transfer", step="review")
    assert "no exchange rate between EUR and KWD" in ada.page.text
    ada.send("/transfer", 422, step="send")
    assert "no exchange rate" in ada.page.by_id["to_account_id-error"]


def test_somebody_else_s_account_cannot_be_made_to_pay(
    ada: Customer, account: dict[str, Any], payee: dict[str, Any], web: WebBank
) -> None:
    fill_transfer(ada, payee["account_number"])
    ada.send("/transfer", 422, step="send", from_account_id=payee["id"], to_account_number=account["account_number"])
    assert ada.page.by_id["from_account_id-error"].strip()
    assert len(ada.movements()) == 1


def test_without_an_account_the_way_leads_to_opening_one(ada: Customer) -> None:
    for path in ("/transfer", "/deposit", "/withdraw"):
        page = ada.open(path)
        assert ("a", "/accounts/new") in [(tag, given.get("href")) for tag, given in page.tags]


def test_text_of_a_payment_is_only_ever_text(ada: Customer, account: dict[str, Any], payee: dict[str, Any]) -> None:
    """Catalogue 48."""
    for text in SCRIPT_CORPUS:
        fill_transfer(ada, payee["account_number"], "0.01", description=text)
        assert text in ada.page.text
        assert ada.page.form("/transfer").fields["description"] == text
        ada.page.check_harmless()
        ada.send("/transfer", step="edit")
        assert ada.page.form("/transfer").fields["description"] == text
        ada.page.check_harmless()
        ada.send("/transfer", step="review")
        receipt = ada.follow(ada.send("/transfer", 303, step="send"))
        assert text in receipt.text
        receipt.check_harmless()
    for path in ("/dashboard", f"/accounts/{account['id']}"):
        page = ada.open(path)
        page.check_harmless()
        assert SCRIPT_CORPUS[-1] in page.text


def test_a_transfer_between_own_accounts_names_the_account(web: WebBank, ada: Customer) -> None:
    everyday, savings = ada.opened(nickname="Everyday", initial_deposit="50.00"), ada.opened(nickname="Holidays")
    ada.open(f"/transfer?from={everyday['id']}&to={savings['id']}&amount=20")
    ada.send("/transfer", step="review")
    receipt = ada.follow(ada.send("/transfer", 303, step="send"))
    name = f"Holidays \u00b7\u00b7{savings['account_number'][-4:]}"
    assert f"Sent 20.00 EUR to {name}." in receipt.text
    assert receipt.text.count(name) >= 3, "in the message, as its title, and as the side it went to"
    assert name in ada.open("/transactions").text
    assert f"Everyday \u00b7\u00b7{everyday['account_number'][-4:]}" in ada.open(f"/accounts/{savings['id']}").text
    catch_up(web)
    assert name in ada.open("/reports/transactions").text


@pytest.mark.parametrize("typed", ["DE12 1000 0000 1591 5371 65", "DE12-1000-0000-1591-5371-65", "nonsense"])
def test_a_mistyped_account_number_is_told_from_one_that_does_not_exist(ada: Customer, typed: str) -> None:
    account = ada.opened(initial_deposit="50.00")
    ada.open(f"/transfer?from={account['id']}")
    ada.send("/transfer", 422, step="review", amount="1", to_account_number=typed)
    said = ada.page.by_id["to_account_number-error"]
    assert ("Must be an account number" if typed == "nonsense" else "check digits are wrong") in said
    assert ada.page.form("/transfer").fields["to_account_number"] == typed


def test_an_account_number_is_read_with_spaces_and_dashes(web: WebBank, ada: Customer) -> None:
    account, theirs = ada.opened(initial_deposit="50.00"), web.customer("Grace Hopper").opened()
    number = theirs["account_number"]
    ada.open(f"/transfer?from={account['id']}")
    ada.send(
        "/transfer", step="review", amount="1", to_account_number=f" {number[:4].lower()}-{number[4:9]} {number[9:]}"
    )
    ada.send("/transfer", 303, step="send")
    assert ada.balance(account) == "49.00"


def test_a_frozen_account_is_shown_and_cannot_be_chosen(web: WebBank, ada: Customer) -> None:
    frozen = ada.opened(nickname="On ice")
    ada.opened(nickname="Everyday")
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{frozen['id']}/freeze", {"reason": "Lost card"})
    page = ada.open("/transfer")
    options = [given for tag, given in page.tags if tag == "option" and given.get("value") == frozen["id"]]
    assert len(options) == 2
    assert all("disabled" in given for given in options)
    assert "On ice" in page.text
    assert "frozen" in page.text
