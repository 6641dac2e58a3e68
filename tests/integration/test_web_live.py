"""The page that watches the bank: a whole picture without JavaScript, and the events that move it."""

import pytest

from shared import services
from tests.pages import Browser
from tests.web_bank import WebBank
from tests.web_people import administrator, catch_up, employee


@pytest.fixture(scope="module")
def chief(web: WebBank) -> Browser:
    return administrator(web)


def test_the_picture_is_whole_without_javascript(web: WebBank, chief: Browser) -> None:
    ada = web.customer()
    account = ada.opened(initial_deposit="1234.50")
    ada.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", {"account_id": account["id"], "amount": "1"})
    catch_up(web)
    page = chief.open("/admin/live")
    page.check_harmless()
    assert "1,235.50" in page.text
    assert "2 transactions" in page.text
    assert "This is a still picture." in page.text
    assert len([tag for tag, _ in page.tags if tag == "rect"]) == 12
    assert "Live" in chief.open("/admin").text


def test_the_events_come_through_the_page_with_the_browsers_own_session(chief: Browser) -> None:
    reply = chief.client.get("/admin/live/events")
    assert (reply.status_code, reply.content_type) == (200, "text/event-stream")
    assert reply.data.startswith(b"event: totals\ndata: {")


def test_it_is_for_administrators_alone(web: WebBank) -> None:
    for somebody in (web.customer(), employee(web)):
        for path in ("/admin/live", "/admin/live/events"):
            assert somebody.client.get(path).status_code in (403, 404)
