"""The inbox on the pages: what is unread, opening one, marking all."""

from typing import Any

import pytest

from shared import services
from shared.identifiers import new_id
from tests.pages import SCRIPT_CORPUS, Page
from tests.web_bank import Customer, WebBank
from tests.web_people import another_device, catch_up


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


def pays(web: WebBank, ada: Customer, description: str = "Dinner", count: int = 1) -> dict[str, Any]:
    """Somebody pays Ada; her account."""
    account = ada.opened()
    friend = web.customer("Grace Hopper")
    source = friend.opened(initial_deposit="100.00")
    for _ in range(count):
        payload = {"from_account_id": source["id"], "to_account_id": account["id"], "amount": "1.00"}
        friend.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", {**payload, "description": description})
    catch_up(web)
    return account


def unread(page: Page) -> list[str]:
    """Where the forms lead that open what is not read yet."""
    return [form.action for form in page.forms if form.action.endswith("/read")]


def test_an_inbox_without_anything_says_so(web: WebBank, ada: Customer) -> None:
    assert "Nothing here yet" in ada.open("/inbox").text
    assert "All read" in ada.open("/inbox?unread=true").text


def test_opening_one_marks_it_read_and_leads_to_what_it_is_about(web: WebBank, ada: Customer) -> None:
    account = pays(web, ada)
    page = ada.open("/inbox")
    assert "You received 1.00 EUR" in page.text
    assert "Inbox, " in page.text
    about = {ada.send(action, 303).headers["Location"] for action in unread(page)}
    assert f"/accounts/{account['id']}" in about
    assert any(link.startswith("/transactions/") for link in about)
    after = ada.open("/inbox")
    assert unread(after) == []
    assert about <= {given.get("href") for tag, given in after.tags if tag == "a"}, "read ones are plain links"


def test_only_the_unread_are_shown_on_request(web: WebBank, ada: Customer) -> None:
    pays(web, ada, count=2)
    actions = unread(ada.open("/inbox"))
    ada.send(actions[0], 303)
    page = ada.open("/inbox?unread=true")
    assert unread(page) == actions[1:]
    current = [given["href"] for _, given in page.tags if given.get("aria-current") == "page"]
    assert current == ["/inbox?unread=true"]


def test_all_are_marked_read_at_once(web: WebBank, ada: Customer) -> None:
    pays(web, ada, count=3)
    assert len(unread(ada.open("/inbox"))) == 4
    page = ada.follow(ada.send("/inbox/read_all", 303))
    assert "Marked 4 as read." in page.text
    assert unread(page) == []
    assert not [form for form in page.forms if form.action == "/inbox/read_all"]


def test_the_inbox_is_paged_and_the_filter_stays(web: WebBank, ada: Customer) -> None:
    pays(web, ada, count=22)
    first = ada.open("/inbox?unread=true")
    address = next(given["href"] for _, given in first.tags if given.get("rel") == "next")
    assert "unread=true" in address
    second = ada.open(address)
    assert (len(unread(first)), len(unread(second))) == (20, 3)
    assert ada.client.get("/inbox?cursor=forged").headers["Location"] == "/inbox"


def test_somebody_elses_message_cannot_be_opened(web: WebBank, ada: Customer) -> None:
    pays(web, ada)
    actions = unread(ada.open("/inbox"))
    mallory = web.customer("Mallory")
    mallory.open("/profile")
    token = mallory.page.form("/profile").fields["csrf_token"]
    for action in (actions[0], f"/inbox/{new_id()}/read", "/inbox/..%2fread_all/read"):
        assert mallory.client.post(action, data={"csrf_token": token}).status_code == 404
    assert unread(ada.open("/inbox")) == actions


def test_without_its_token_nothing_is_marked(web: WebBank, ada: Customer) -> None:
    pays(web, ada)
    actions = unread(ada.open("/inbox"))
    for action in (actions[0], "/inbox/read_all"):
        assert ada.client.post(action).status_code == 400
    assert unread(ada.open("/inbox")) == actions


def test_messages_are_only_ever_text(web: WebBank, ada: Customer) -> None:
    """Catalogue 48: what somebody wrote to a payment, who they say they are, and their browser's name."""
    for text in SCRIPT_CORPUS:
        pays(web, ada, text)
        page = ada.open("/inbox")
        assert text in page.text
        page.check_harmless()
    another_device(ada, "<script>alert(1)</script>")
    catch_up(web)
    page = ada.open("/inbox")
    assert "Log-in from a new device" in page.text
    page.check_harmless()
