"""The clock on the pages: its time and its way, what falls due, what failed; moved by an administrator, once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from gateway.web.formatting import day_and_time
from shared import services
from tests.web_bank import Customer, WebBank, open_web_bank
from tests.web_people import administrator, employee
from transaction_service.due_work.queue import Due
from transaction_service.holds.expiry import expire_holds
from transaction_service.models import due_work, interest_runs

CLOCK = "/admin/clock"
MOVE = f"{CLOCK}/move"
API = "/api/transactions/clock"


@pytest.fixture
def web(tmp_path: Any) -> Iterator[WebBank]:
    """A bank a test, as its time never goes back; without the months' interest, so that tests arrange what is due."""
    with open_web_bank(tmp_path) as opened:
        worker(opened).work_off()
        with opened.bank.apps[services.TRANSACTION.package].extensions["context"].database.write() as connection:
            connection.execute(delete(due_work))
            connection.execute(delete(interest_runs))
        yield opened


@pytest.fixture
def max_(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


@pytest.fixture
def account(web: WebBank) -> dict[str, Any]:
    return web.customer("Ada Lovelace").opened(initial_deposit="100.00")


def held(web: WebBank, account: dict[str, Any], description: str, **span: int) -> None:
    order = {"account_id": account["id"], "amount": "1.00", "description": description, "expires_in": span}
    web.staff(services.TRANSACTION, "POST", "/api/transactions/holds", order)


def clock(web: WebBank) -> dict[str, Any]:
    reply = web.bank.client(services.TRANSACTION).get(API, headers=web.bank.headers("employee"))
    found: dict[str, Any] = reply.json["data"]
    return found


def worker(web: WebBank) -> Any:
    return web.bank.apps[services.TRANSACTION.package].extensions["context"].due_worker


def text_of(page: Any) -> str:
    return " ".join(page.by_id["content"].split())


def reviewed(max_: Customer, **filled: str) -> str:
    """Fill in how far, and look at the review; the moment that it leads to."""
    max_.open(CLOCK)
    max_.send(MOVE, step="review", **filled)
    return max_.page.form(MOVE).fields["moment"]


def arrive(web: WebBank) -> None:
    """Whatever is due gets done."""
    for _ in range(100):
        if clock(web)["target_time"] is None:
            return
        worker(web).work_off()
    raise AssertionError(clock(web))


def test_the_clock_stands_still_until_it_is_resumed(web: WebBank, max_: Customer) -> None:
    assert "Pause the clock" in max_.open(CLOCK).text
    page = max_.follow(max_.send(f"{CLOCK}/run", 303, running="no"))
    assert "The clock stands still." in page.text
    assert "Stands still" in page.text
    assert not clock(web)["running"]
    page = max_.follow(max_.send(f"{CLOCK}/run", 303, running="yes"))
    assert "The clock runs again." in page.text
    assert clock(web)["running"]


def test_a_bank_where_nothing_falls_due_says_so(max_: Customer) -> None:
    page = max_.open(CLOCK)
    for part in ("Bank time", "Real time", "Nothing falls due"):
        assert part in text_of(page), part
    assert "On its way" not in page.text
    for path in ("/admin", CLOCK):
        assert CLOCK in [given.get("href") for tag, given in max_.open(path).tags if tag == "a"], path


def test_a_bank_without_accounts_begins_on_another_day(web: WebBank, max_: Customer) -> None:
    path, began = f"{CLOCK}/begin", "2020-02-29"
    max_.open(CLOCK)
    max_.send(path, 422, begin_on="yesterday")
    assert "Enter a date such as" in text_of(max_.page)
    page = max_.follow(max_.send(path, 303, begin_on=began))
    assert "The bank begins on" in page.text
    assert (clock(web)["bank_time"][:13], clock(web)["real"]) == ("2020-02-28T23", False)
    assert "Behind real time" in text_of(page)
    max_.send(path, 422, begin_on="2300-01-01")
    assert "at most a century" in text_of(max_.page)
    page = max_.open(CLOCK)
    assert "Start on another day" in text_of(page)
    web.customer("Ada Lovelace").opened(initial_deposit="1.00")
    max_.send(path, 422, begin_on="2019-01-01")
    assert "Only a bank without any account" in text_of(max_.page)
    assert "Start on another day" not in text_of(max_.open(CLOCK)), "there is no way any more, so no field"


def test_what_falls_due_stands_in_order_of_its_time(web: WebBank, max_: Customer, account: dict[str, Any]) -> None:
    for number in range(27):
        held(web, account, f"Hold number {number:02}", hours=number + 1)
    page = max_.open(CLOCK)
    places = [page.text.index(f"Hold number {number:02}") for number in range(25)]
    assert places == sorted(places)
    assert "Hold number 25" not in page.text
    (following,) = [given["href"] for _, given in page.tags if given.get("rel") == "next"]
    assert "Hold number 26" in max_.open(following).text
    assert max_.client.get(f"{CLOCK}?cursor=forged").headers["Location"] == CLOCK


def test_the_clock_is_moved_once_however_often_the_review_is_sent(
    web: WebBank, max_: Customer, account: dict[str, Any]
) -> None:
    held(web, account, "Hotel deposit", days=2)
    held(web, account, "Rental car", days=9)
    before = clock(web)
    moment = reviewed(max_, days="3", hours="12")
    shown = text_of(max_.page)
    assert day_and_time(moment) in shown
    assert "Hotel deposit" in shown
    assert "Rental car" not in shown
    span = datetime.fromisoformat(moment) - datetime.fromisoformat(before["bank_time"])
    assert timedelta(days=3, hours=12) <= span < timedelta(days=3, hours=12, minutes=5)
    assert clock(web)["real"], "a review moves nothing"
    reply = max_.send(MOVE, 303, step="send")
    arrive(web)
    again = max_.send(MOVE, 303, step="send")
    assert "The clock is there already." in max_.follow(again).text
    now = clock(web)
    assert datetime.fromisoformat(now["bank_time"]) - datetime.fromisoformat(moment) < timedelta(minutes=5)
    page = max_.follow(reply)
    assert "Ahead of real time" in page.text
    assert "Hotel deposit" not in page.text


def test_it_goes_to_the_beginning_of_a_day_of_the_bank(web: WebBank, max_: Customer) -> None:
    day = (datetime.fromisoformat(clock(web)["bank_time"]) + timedelta(days=40)).date()
    moment = reviewed(max_, day=day.isoformat())
    assert f"{day.day} {day:%b %Y}, 00:00" in text_of(max_.page)
    max_.send(MOVE, 303, step="send")
    assert clock(web)["bank_time"] >= moment


@pytest.mark.parametrize(
    ("filled", "field", "said"),
    [
        ({"days": "0", "hours": "0"}, "days", "forward"),
        ({"days": "-1"}, "days", "0 to"),
        ({"hours": "many"}, "hours", "whole number"),
        ({"day": "2020-01-01"}, "day", "forward"),
        ({"day": "tomorrow"}, "day", "Enter a date"),
        ({"day": "9999-12-31"}, "day", ""),
    ],
)
def test_where_it_cannot_go_is_said_beside_the_field(
    web: WebBank, max_: Customer, filled: dict[str, str], field: str, said: str
) -> None:
    max_.open(CLOCK)
    max_.send(MOVE, 422, step="review", **filled)
    assert said in max_.page.by_id[f"{field}-error"]
    assert max_.page.form(MOVE).fields[field] == filled[field]
    assert clock(web)["real"]


def test_more_than_a_century_ahead_is_refused_by_the_ledger_and_said(web: WebBank, max_: Customer) -> None:
    reviewed(max_, day="2300-01-01")
    max_.send(MOVE, 422, step="send")
    assert "century" in max_.page.text
    assert clock(web)["real"]


def test_on_its_way_the_page_shows_how_far_and_refreshes_itself(
    web: WebBank, max_: Customer, account: dict[str, Any]
) -> None:
    held(web, account, "Hotel deposit", days=5)
    worker(web).stop()
    reviewed(max_, days="10")
    moved = max_.send(MOVE, 303, step="send")
    assert "on its way to" in text_of(max_.open("/admin"))
    page = max_.follow(moved)
    assert "1 thing to do until then" in text_of(page)
    (bar,) = [given for tag, given in page.tags if tag == "progress"]
    assert 45 <= int(bar["value"]) <= 55
    assert ("meta", {"http-equiv": "refresh", "content": "3"}) in page.tags
    assert [given for _, given in page.tags if "data-live" in given]
    (unsaid,) = [given for tag, given in max_.open(CLOCK).tags if tag == "progress"]
    assert "value" not in unsaid, "from when it came nobody says here"
    assert [tag for tag, _ in max_.open(f"{CLOCK}?since=nonsense").tags if tag == "progress"]
    worker(web)._is_stopped = False
    arrive(web)
    there = max_.follow(moved)
    assert "On its way" not in there.text
    assert (page.by_id["clock-news"], there.by_id["clock-news"]) == ("The clock is on its way.", "The clock is there.")


def test_what_failed_stands_there_with_its_reason_and_is_tried_again(
    web: WebBank, max_: Customer, account: dict[str, Any]
) -> None:
    def failing(connection: Connection, rows: Sequence[Due]) -> None:
        raise ZeroDivisionError

    clerk = employee(web)
    held(web, account, "Hotel deposit", hours=1)
    worker(web)._handlers["hold_expiry"] = failing
    reviewed(max_, hours="2", days="0")
    max_.send(MOVE, 303, step="send")
    arrive(web)
    worker(web)._handlers["hold_expiry"] = expire_holds
    shown = " ".join(clerk.open(CLOCK).by_id["clock-failed"].split())
    for part in ("Failed", "Hotel deposit", "ZeroDivisionError"):
        assert part in shown, part
    assert [form.action for form in clerk.page.forms if form.action.startswith(CLOCK)] == [], "an administrator's"
    assert "1 thing that fell due failed and was set aside" in text_of(max_.open("/admin"))
    page = max_.open(CLOCK)
    assert "Try again" in page.text
    assert "being tried again" in max_.follow(max_.send(f"{CLOCK}/retry", 303)).text
    arrive(web)
    assert clock(web)["stopped_work"] == 0
    assert "ZeroDivisionError" not in max_.open(CLOCK).text


def test_only_an_administrator_moves_it_and_only_from_the_pages_of_this_bank(web: WebBank, max_: Customer) -> None:
    clerk, ada = employee(web), web.customer()
    assert "An administrator of a sandbox" in clerk.open(CLOCK).text
    assert ada.client.get(CLOCK).status_code == 403
    for path in (MOVE, f"{CLOCK}/retry"):
        for browser in (clerk, ada):
            token = browser.open("/profile").forms[-1].fields["csrf_token"]
            assert browser.client.post(path, data={"csrf_token": token, "days": "1"}).status_code == 403, path
        assert max_.client.post(path, data={"days": "1"}).status_code == 400, path
        assert max_.client.get(path).headers["Location"] == CLOCK
    assert clock(web)["real"]


def test_in_production_there_is_nothing_to_move(max_: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_ENV", "production")
    page = max_.open(CLOCK)
    assert "In production the clock runs by itself." in page.text
    assert [form for form in page.forms if form.action == MOVE] == []
