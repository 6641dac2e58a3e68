"""Holds on the pages: seen by whose money it is, placed, captured and given back by staff, each of it once."""

from typing import Any

import pytest

from shared import services
from shared.identifiers import new_id
from tests.pages import SCRIPT_CORPUS, Browser
from tests.web_bank import Customer, WebBank

HOLDS = "/api/transactions/holds"


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> dict[str, Any]:
    """Ada's, with 100.00 in it."""
    return ada.opened(initial_deposit="100.00")


@pytest.fixture(scope="module")
def clerk(web: WebBank) -> Browser:
    return web.employee()


def held_by_api(web: WebBank, account: dict[str, Any], amount: str = "30.00", **more: Any) -> dict[str, Any]:
    reply = web.bank.client(services.TRANSACTION).post(
        HOLDS, json={"account_id": account["id"], "amount": amount, **more}, headers=web.bank.headers("employee")
    )
    assert reply.status_code == 201, reply.text
    hold: dict[str, Any] = reply.json["data"]
    return hold


def holds_of(ada: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ada.ask(services.TRANSACTION, "GET", HOLDS)
    return found


def text_of(page: Any) -> str:
    return " ".join(page.by_id["content"].split())


def test_a_hold_is_filled_in_reviewed_and_placed_once(ada: Customer, account: dict[str, Any], clerk: Browser) -> None:
    new = f"/accounts/{account['id']}/holds/new"
    assert new in [given.get("href") for _, given in clerk.open(f"/accounts/{account['id']}").tags]
    clerk.open(new)
    clerk.send(new, step="review", amount="30,5", description="Hotel deposit", days="2", hours="3")
    assert "2 days 3 hours" in text_of(clerk.page)
    assert holds_of(ada) == [], "a review holds nothing"
    replies = [clerk.send(new, 303, step="send") for _ in range(3)]
    assert {reply.headers["Location"] for reply in replies} == {f"/accounts/{account['id']}"}
    (hold,) = holds_of(ada)
    assert (hold["amount"], hold["description"], hold["status"]) == ("30.50", "Hotel deposit", "pending")
    assert "Holding 30.50 EUR." in clerk.follow(replies[0]).text


def test_what_is_held_stands_beside_the_balance(web: WebBank, ada: Customer, account: dict[str, Any]) -> None:
    assert "balance-held" not in ada.open(f"/accounts/{account['id']}").by_id
    held_by_api(web, account, description="Hotel deposit")
    page = ada.open(f"/accounts/{account['id']}")
    assert "30.00" in page.by_id["balance-held"]
    assert "70.00" in page.by_id["balance-available"]
    listed = " ".join(page.by_id["held-now"].split())
    assert "Hotel deposit until" in listed
    hrefs = [given.get("href", "") for _, given in page.tags]
    assert f"/accounts/{account['id']}/holds" in hrefs
    assert [href for href in hrefs if "capture" in href or "give-back" in href or "holds/new" in href] == []


def test_a_part_is_captured_and_the_rest_goes_on_being_held(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    hold = held_by_api(web, account, description="Hotel deposit")
    path = f"/holds/{hold['id']}/capture"
    assert path in [given.get("href") for _, given in clerk.open(f"/accounts/{account['id']}").tags]
    form = clerk.open(path).form(path)
    assert form.fields["final"] == "y", "what is left is given back unless somebody says otherwise"
    kept = {name: value for name, value in form.fields.items() if name != "final"}
    reply = clerk.client.post(path, data={**kept, "amount": "10", "step": "review"})
    clerk.look(reply, 200)
    assert "stays held" in text_of(clerk.page)
    replies = [clerk.send(path, 303, step="send") for _ in range(2)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    receipt = clerk.follow(replies[0])
    assert "Captured 10.00 EUR." in receipt.text
    assert ada.balance(account) == "90.00"
    (now,) = holds_of(ada)
    assert (now["status"], now["captured_amount"], now["remaining_amount"]) == ("pending", "10.00", "20.00")


def test_without_an_amount_all_is_captured(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    hold = held_by_api(web, account)
    path = f"/holds/{hold['id']}/capture"
    clerk.open(path)
    clerk.send(path, step="review")
    assert "30.00 EUR" in text_of(clerk.page)
    clerk.send(path, 303, step="send")
    assert (ada.balance(account), holds_of(ada)[0]["status"]) == ("70.00", "captured")


def test_a_hold_is_given_back_in_part_and_then_whole(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    hold = held_by_api(web, account)
    path = f"/holds/{hold['id']}/give-back"
    for amount, said, status in (("10", "20.00 EUR is still held", "pending"), ("", "Released.", "voided")):
        clerk.open(path)
        clerk.send(path, step="review", amount=amount)
        assert said in clerk.follow(clerk.send(path, 303, step="send")).text
        assert holds_of(ada)[0]["status"] == status
    assert ada.balance(account) == "100.00"
    ended = clerk.client.get(path)
    assert (ended.status_code, ended.headers["Location"]) == (303, f"/accounts/{account['id']}")


@pytest.mark.parametrize(
    ("filled", "field", "said"),
    [
        ({"amount": "1000"}, "amount", "more than the 100.00 EUR available"),
        ({"amount": ""}, "amount", "Type an amount"),
        ({"amount": "1.234"}, "amount", "two ways"),
        ({"amount": "1", "days": "0", "hours": "0"}, "days", "an hour at least"),
        ({"amount": "1", "days": "401"}, "days", "0 to 400"),
        ({"amount": "1", "hours": "soon"}, "hours", "whole number"),
        ({"amount": "1", "description": "x" * 141}, "description", "140"),
    ],
)
def test_what_cannot_be_held_is_said_beside_its_field_and_stays_typed(
    account: dict[str, Any], clerk: Browser, filled: dict[str, str], field: str, said: str
) -> None:
    path = f"/accounts/{account['id']}/holds/new"
    clerk.open(path)
    clerk.send(path, 422, step="send", **filled)
    assert said in clerk.page.by_id[f"{field}-error"]
    assert clerk.page.form(path).fields[field].removesuffix(".00") == filled[field]
    assert "balance-held" not in clerk.open(f"/accounts/{account['id']}").by_id


def test_more_than_is_held_is_not_captured(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    path = f"/holds/{held_by_api(web, account)['id']}/capture"
    clerk.open(path)
    clerk.send(path, 422, step="send", amount="31")
    assert "more than the 30.00 EUR still held" in clerk.page.by_id["amount-error"]
    assert ada.balance(account) == "100.00"


def test_a_reply_lost_after_the_commit_and_the_form_sent_again_hold_once(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    """Catalogue 17."""
    path = f"/accounts/{account['id']}/holds/new"
    clerk.open(path)
    clerk.send(path, step="review", amount="30")
    web.weather.before_call = lambda called: setattr(web.weather, "lose_replies", int(called == HOLDS))
    clerk.send(path, 503, step="send")
    web.weather.before_call = None
    assert "it cannot happen twice" in clerk.page.text
    clerk.send(path, 303, step="send")
    assert [hold["amount"] for hold in holds_of(ada)] == ["30.00"]


def test_the_list_is_narrowed_paged_and_says_when_it_is_empty(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    path = f"/accounts/{account['id']}/holds"
    assert "No holds" in ada.open(path).text
    for number in range(27):
        held_by_api(web, account, "1.00", description=f"Hold number {number}")
    first = ada.open(path)
    assert "Hold number 26" in first.text
    assert "Hold number 1 " not in first.text
    (following,) = [given["href"] for tag, given in first.tags if given.get("rel") == "next"]
    assert "Hold number 0" in ada.open(following).text
    assert "No such hold" in ada.open(f"{path}?status=expired").text
    assert "Hold number 26" in ada.open(f"{path}?status=pending").text
    ada.open(f"{path}?status=lost", 422)
    gone = ada.client.get(f"{path}?cursor=forged")
    assert gone.headers["Location"].endswith(path)
    hrefs = [given.get("href", "") for _, given in clerk.open(path).tags]
    assert len([href for href in hrefs if href.endswith("/capture")]) == 25


def test_customers_see_their_own_holds_and_change_none(
    web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser
) -> None:
    hold = held_by_api(web, account)
    stranger = web.customer("Nora Neighbour")
    assert stranger.client.get(f"/accounts/{account['id']}/holds").status_code == 404
    for path in (
        f"/accounts/{account['id']}/holds/new",
        f"/holds/{hold['id']}/capture",
        f"/holds/{hold['id']}/give-back",
    ):
        assert ada.client.get(path).status_code == 403, path
        token = ada.open("/dashboard").forms[-1].fields["csrf_token"]
        assert ada.client.post(path, data={"csrf_token": token, "step": "send"}).status_code == 403, path
        assert clerk.client.post(path, data={"step": "send"}).status_code == 400, "a form of another site's"
    assert clerk.client.get(f"/holds/{new_id()}/capture").status_code == 404
    assert holds_of(ada)[0]["status"] == "pending"


def test_what_a_hold_is_for_is_text(web: WebBank, ada: Customer, account: dict[str, Any], clerk: Browser) -> None:
    holds = [held_by_api(web, account, "1.00", description=text) for text in SCRIPT_CORPUS]
    for browser in (ada, clerk):
        for path in (f"/accounts/{account['id']}", f"/accounts/{account['id']}/holds"):
            page = browser.open(path)
            page.check_harmless()
            assert SCRIPT_CORPUS[-1] in page.text
    for hold in holds:
        clerk.open(f"/holds/{hold['id']}/capture").check_harmless()
    clerk.open("/admin/clock").check_harmless()
