"""Accounts on the pages: opening, looking, naming, closing, and that what is not yours is not there."""

from typing import Any

import pytest

from gateway.web import form_choices
from gateway.web.formatting import iso_day
from sandbank import caller
from shared import services
from tests.pages import SCRIPT_CORPUS, Page
from tests.web_bank import Customer, WebBank


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


def accounts_of(ada: Customer) -> list[dict[str, Any]]:
    """What the account service has of hers."""
    found: list[dict[str, Any]] = ada.ask(services.ACCOUNT, "GET", "/api/accounts/list")
    return found


def rows(page: Page) -> list[str]:
    """The transactions that a page lists."""
    return [given["href"][-36:] for tag, given in page.tags if given.get("class") == "transaction-row"]


def test_an_account_is_opened_with_a_name_and_a_first_deposit(ada: Customer) -> None:
    page = ada.open("/accounts/new")
    assert "2.00 %" in page.text
    opened = ada.follow(
        ada.send("/accounts/new", 303, product="savings", nickname=" Holidays ", initial_deposit="1,234.50")
    )
    (account,) = accounts_of(ada)
    assert (account["account_type"], account["nickname"], account["balance"]) == ("savings", "Holidays", "1234.50")
    assert "Your account is open." in opened.text
    assert "Holidays" in opened.text


def test_a_form_sent_twice_opens_one_account(ada: Customer) -> None:
    ada.open("/accounts/new")
    replies = [ada.send("/accounts/new", 303, initial_deposit="10") for _ in range(2)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert len(accounts_of(ada)) == 1


def test_an_opening_nobody_heard_of_is_sent_again_and_opens_one_account(web: WebBank, ada: Customer) -> None:
    ada.open("/accounts/new")
    web.weather.lose_replies = 2  # of the bank's time, which the list of products asks for, and of the opening
    ada.send("/accounts/new", 503, initial_deposit="10", nickname="Everyday")
    assert "one account, not two" in ada.page.text
    assert ada.page.form("/accounts/new").fields["nickname"] == "Everyday"
    for _ in range(50):  # until the account service has asked the ledger again
        reply = ada.client.post("/accounts/new", data=ada.page.form("/accounts/new").fields)
        if reply.status_code == 303:
            break
        ada.look(reply, 503)
    (account,) = accounts_of(ada)
    assert account["balance"] == "10.00"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"initial_deposit": "1,234"}, "initial_deposit"),
        ({"initial_deposit": "1.50", "currency": "JPY"}, "initial_deposit"),
        ({"initial_deposit": "1000000.01"}, "initial_deposit"),
        ({"nickname": "x" * 61}, "nickname"),
        ({"nickname": "a\x07b"}, "nickname"),
        ({"currency": "ABC"}, "currency"),
        ({"product": "gold"}, "product"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_opened(
    ada: Customer, typed: dict[str, str], field: str
) -> None:
    ada.open("/accounts/new")
    ada.send("/accounts/new", 422, **{"nickname": "Kept", **typed})
    assert ada.page.by_id[f"{field}-error"].strip()
    if field != "nickname":
        assert ada.page.form("/accounts/new").fields["nickname"] == "Kept"
    assert accounts_of(ada) == []


def test_details_show_the_number_the_balance_and_every_movement_page_by_page(ada: Customer) -> None:
    account = ada.opened(initial_deposit="100.00")
    for _ in range(24):
        order = {"account_id": account["id"], "amount": "1.00"}
        ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)
    page = ada.open(f"/accounts/{account['id']}")
    number = account["account_number"]
    assert " ".join(number[start : start + 4] for start in range(0, len(number), 4)) in page.text
    assert "76.00" in page.text
    (further,) = [given["href"] for _, given in page.tags if given.get("rel") == "next"]
    seen = rows(page) + rows(ada.open(further))
    assert seen == [it["id"] for it in ada.movements()]


def test_movements_are_filtered_by_the_address(ada: Customer) -> None:
    account = ada.opened(initial_deposit="100.00")
    order = {"account_id": account["id"], "amount": "1.00", "description": "Bread & butter"}
    bread = ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)
    path, today = f"/accounts/{account['id']}", iso_day(bread["effective_at"])
    assert rows(ada.open(f"{path}?q=bread+%26")) == [bread["id"]]
    assert rows(ada.open(f"{path}?direction=out")) == [bread["id"]]
    assert rows(ada.open(f"{path}?type=deposit")) != [bread["id"]]
    assert len(rows(ada.open(f"{path}?from={today}&to={today}"))) == 2, "the last day is taken in"
    assert "Nothing matches" in ada.open(f"{path}?q=caviar").text
    assert ada.open(f"{path}?from=yesterday", 422).by_id["from-error"].strip()


def test_looking_at_an_account_keeps_no_report(web: WebBank, ada: Customer) -> None:
    account = ada.opened(initial_deposit="100.00")
    web.bank.settle()
    ada.open(f"/accounts/{account['id']}")
    assert ada.ask(services.REPORTING, "GET", "/api/reports/list") == []


def test_an_account_is_given_another_name_and_loses_it(ada: Customer) -> None:
    account = ada.opened(nickname="Old")
    path = f"/accounts/{account['id']}"
    ada.open(path)
    assert "New" in ada.follow(ada.send(path, 303, nickname="New")).text
    ada.send(path, 422, nickname="x" * 61)
    assert "60" in ada.page.by_id["nickname-error"]
    ada.send(path, 303, nickname="")
    assert accounts_of(ada)[0]["nickname"] is None


def test_an_account_with_money_in_it_is_not_closed_and_says_how_to_empty_it(ada: Customer) -> None:
    account = ada.opened()
    path = f"/accounts/{account['id']}/close"
    ada.open(path)
    deposit = {"account_id": account["id"], "amount": "7.00"}
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", deposit)
    ada.send(path, 422, confirm="y")
    assert "still holds 7.00 EUR" in ada.page.text
    rest = f"/transfer?from={account['id']}&amount=7.00"
    assert rest in [given.get("href") for _, given in ada.page.tags]
    assert "/close" not in [form.action for form in ada.page.forms]


def test_an_empty_account_is_closed_after_a_yes_and_stands_apart(ada: Customer) -> None:
    account, other = ada.opened(nickname="Gone"), ada.opened(nickname="Here")
    path = f"/accounts/{account['id']}/close"
    ada.open(path)
    ada.send(path, 422)
    assert ada.page.by_id["confirm-error"].strip()
    page = ada.follow(ada.send(path, 303, confirm="y"))
    assert "Gone" in page.by_id["closed"]
    assert "Gone" not in page.by_id["held"]
    assert "Here" in page.by_id["held"]
    assert other["status"] == "open"
    assert ada.client.get(path).status_code == 303, "it is closed already"


def test_a_frozen_account_says_so_and_is_not_closed(web: WebBank, ada: Customer) -> None:
    account = ada.opened()
    reason = {"reason": "Reported stolen by its holder"}
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{account['id']}/freeze", reason)
    own, theirs = (
        " ".join(browser.open(f"/accounts/{account['id']}").text.split()) for browser in (ada, web.employee())
    )
    assert "no money moves on it until the bank unfreezes it. Contact us if you have questions." in own
    assert "no money moves on it until it is unfrozen." in theirs, "staff are not told to ask the bank"
    for text in (own, theirs):
        assert "Reason: Reported stolen by its holder" in text
    page = ada.open(f"/accounts/{account['id']}/close")
    assert f"/accounts/{account['id']}/close" not in [form.action for form in page.forms]


def test_somebody_else_s_account_is_not_there(web: WebBank, ada: Customer) -> None:
    theirs = web.customer("Grace Hopper").opened()
    path = f"/accounts/{theirs['id']}"
    ada.open("/accounts/new")
    token = ada.page.form("/accounts/new").fields["csrf_token"]
    for address in (path, f"{path}/close", "/accounts/nothing-like-an-id", "/accounts/..%2f..%2fall"):
        ada.open(address, 404)
    for address in (path, f"{path}/close"):
        reply = ada.client.post(address, data={"csrf_token": token, "nickname": "Mine", "confirm": "y"})
        assert reply.status_code == 404


def test_an_employee_sees_a_customer_s_account_with_its_number_masked(web: WebBank, ada: Customer) -> None:
    account = ada.opened(initial_deposit="7.00")
    clerk = web.employee()
    page = clerk.open(f"/accounts/{account['id']}")
    assert account["account_number"] not in clerk.client.get(f"/accounts/{account['id']}").text
    assert "7.00" in page.text
    assert not [given for _, given in page.tags if given.get("href", "").startswith("/transfer?")]
    assert "The holder does that" in clerk.open(f"/accounts/{account['id']}/close").text


def test_a_nickname_is_only_ever_text(ada: Customer) -> None:
    """Catalogue 48."""
    account = ada.opened()
    path = f"/accounts/{account['id']}"
    for text in SCRIPT_CORPUS:
        ada.open(path)
        ada.send(path, 303, nickname=text)
        for address in (path, f"{path}/close", "/accounts", "/dashboard", "/transfer", "/deposit", "/withdraw"):
            page = ada.open(address)
            page.check_harmless()
            assert text in page.text, address
        assert ada.open(path).form(path).fields["nickname"] == text


def test_every_account_is_listed_and_offered_however_many_there_are(
    web: WebBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read to the end of the list, page by page: here two accounts a page."""
    monkeypatch.setattr(caller, "MAX_PAGE", 2)
    monkeypatch.setattr(form_choices, "MAX_PAGE", 2)
    owner = web.customer("Many Accounts")
    opened = [owner.opened(nickname=f"Pot {number}") for number in range(5)]
    for path in ("/accounts", "/transactions", "/transfer", "/reports", f"/reports/account/{opened[0]['id']}"):
        page = owner.open(path)
        assert [one["nickname"] for one in opened if one["nickname"] not in page.text] == [], path


def test_staff_see_whose_account_it_is_and_what_they_can_do_with_it(web: WebBank, ada: Customer) -> None:
    account = ada.opened(nickname="Everyday")
    path, clerk = f"/accounts/{account['id']}", web.employee()
    page = clerk.open(path)
    heading = page.text.split("Accounts", 3)[-1]
    assert "Ada Lovelace" in heading
    links = {given.get("href") for tag, given in page.tags if tag == "a"}
    assert {f"/admin/users/{ada.user_id}", f"/admin/accounts/{account['id']}/freeze"} <= links
    assert [form for form in page.forms if form.action == path and form.method == "post"] == []
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{account['id']}/freeze", {"reason": "Lost card"})
    frozen = clerk.open(path)
    assert "until it is unfrozen" in frozen.text
    assert f"/admin/accounts/{account['id']}/unfreeze" in {given.get("href") for _, given in frozen.tags}
    assert "counter" not in frozen.text + ada.open(path).text


def test_nobody_but_the_holder_names_an_account(web: WebBank, ada: Customer) -> None:
    account, clerk = ada.opened(nickname="Everyday"), web.employee()
    token = clerk.open("/admin").form("/logout").fields["csrf_token"]
    reply = clerk.client.post(f"/accounts/{account['id']}", data={"csrf_token": token, "nickname": "Theirs"})
    assert reply.status_code == 403
    assert [one["nickname"] for one in accounts_of(ada)] == ["Everyday"]


def test_the_pager_of_movements_stays_at_the_movements(ada: Customer) -> None:
    account = ada.opened(initial_deposit="100.00")
    for _ in range(21):
        order = {"account_id": account["id"], "amount": "1.00"}
        ada.ask(services.TRANSACTION, "POST", "/api/transactions/withdraw", order)
    page = ada.open(f"/accounts/{account['id']}")
    (following,) = [given["href"] for _, given in page.tags if given.get("rel") == "next"]
    assert following.endswith("#movements-heading")
