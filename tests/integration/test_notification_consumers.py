"""Taking in the feeds: each row takes effect once, whatever is killed, read again, emptied or far in the past."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notification_service.inbox.consumers import KEPT_DAYS
from notification_service.inbox.repository import KEPT_PER_PERSON, TRIMMED_FROM
from shared.identifiers import new_id
from shared.time import clock
from tests import databases
from tests.inboxes import DAY_US, InboxUnderTest, Row, account_opened, entry, leg, open_inbox, payment, user_event

ROOT = Path(__file__).parents[2]
KILLED = """
import os, sys, json
from notification_service.app import create_app
from notification_service.settings import Settings
from tests.keys import SigningKeys


when, url, rows = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
app = create_app(Settings(url, "a key of tests", "another key of tests"), keys=SigningKeys())
reader = app.extensions["context"].consumers["journal"].reader
store = reader.store

def dying(*arguments):
    if when == "after":
        store(*arguments)
    os._exit(9)

reader.store = dying
reader.take_in(reader.position(), rows, 5)
"""


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada() -> str:
    return new_id()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_consumer_killed_between_effect_and_position_tells_each_thing_once(
    tmp_path: Path, ada: str, when: str
) -> None:
    rows = [payment(position, new_id(), ada, 100 * position) for position in range(1, 6)]
    url = databases.url_of(tmp_path / "inbox.db")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, when, url, json.dumps(rows)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert killed.returncode == 9
    with open_inbox(tmp_path) as inbox:
        assert inbox.consumer("journal").reader.position().position == 0
        assert inbox.listed(ada) == []
        inbox.take_in("journal", rows)
        inbox.take_in("journal", rows)
        assert [row["title"] for row in inbox.listed(ada)] == [f"You received {n}.00 EUR" for n in (5, 4, 3, 2, 1)]


@pytest.mark.databases_in_turn
def test_rows_taken_in_before_are_skipped(inbox: InboxUnderTest, ada: str) -> None:
    rows = [payment(position, new_id(), ada, 100) for position in range(1, 5)]
    inbox.take_in("journal", rows[:3])
    inbox.take_in("journal", rows[1:])
    assert inbox.unread(ada) == 4
    assert inbox.consumer("journal").reader.position().position == 4


@pytest.mark.databases_in_turn
def test_two_consumers_of_one_feed_take_each_row_in_once(tmp_path: Path, ada: str) -> None:
    rows = [payment(position, new_id(), ada, 100) for position in range(1, 101)]
    with open_inbox(tmp_path) as one, open_inbox(tmp_path) as other:

        def consume(inbox: InboxUnderTest) -> None:
            reader = inbox.consumer("journal").reader
            while (at := reader.position()).position < 100:
                reader.take_in(at, [row for row in rows if 0 <= row["position"] - at.position <= 7], 100)

        threads = [threading.Thread(target=consume, args=(inbox,)) for inbox in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert one.unread(ada) == 100


def test_a_feed_read_again_from_zero_doubles_nothing_and_keeps_what_was_read(inbox: InboxUnderTest, ada: str) -> None:
    rows = [user_event(position, "password_changed", ada) for position in range(1, 4)]
    inbox.take_in("users", rows)
    inbox.call("POST", "/read_all", ada)
    again = [{**row, "position": row["position"] + 3} for row in rows]
    inbox.take_in("users", again)
    assert (len(inbox.listed(ada)), inbox.unread(ada)) == (3, 0)


@pytest.mark.databases_in_turn
def test_a_page_fetched_before_a_reset_is_not_taken_in_after_it(inbox: InboxUnderTest, ada: str) -> None:
    reader = inbox.consumer("journal").reader
    asked_at = reader.position()
    inbox.reset()
    reader.take_in(asked_at, [payment(1, new_id(), ada, 100)], 1)
    assert inbox.listed(ada) == []
    assert reader.position().position == 0


@pytest.mark.databases_in_turn
def test_a_journal_that_begins_anew_is_followed(inbox: InboxUnderTest, ada: str) -> None:
    inbox.take_in("journal", [payment(position, new_id(), ada, 100) for position in range(1, 9)])
    inbox.take_in("users", [user_event(1, "password_changed", ada)])
    inbox.consumer("journal").reader.begin_anew()
    assert [row["type"] for row in inbox.listed(ada)] == ["password_changed"]
    inbox.take_in("journal", [payment(1, new_id(), ada, 200)])
    assert sorted(row["type"] for row in inbox.listed(ada)) == ["money_received", "password_changed"]


def test_accounts_that_begin_anew_have_no_old_names(inbox: InboxUnderTest, ada: str) -> None:
    row = account_opened(1, ada)
    inbox.take_in("accounts", [row])
    inbox.consumer("accounts").reader.begin_anew()
    inbox.take_in("journal", [entry(1, leg(new_id(), -100), leg(ada, 100, row["data"]["account_id"]))])
    (message,) = inbox.listed(ada)
    assert message["body"].endswith("into your account. Message: “Dinner”")


def test_at_a_reset_names_and_openings_go_in_their_order(inbox: InboxUnderTest, ada: str) -> None:
    before, after = account_opened(1, ada), account_opened(3, ada)
    reset = {**account_opened(2, ada), "type": "bank_reset", "data": {}}
    inbox.take_in("accounts", [account_opened(1, ada)])
    inbox.reset()
    inbox.take_in("accounts", [{**before, "position": 2}, {**reset, "position": 3}, {**after, "position": 4}])
    (message,) = inbox.listed(ada)
    assert message["link"] == f"/accounts/{after['data']['account_id']}"
    headers = inbox.keys.headers("reporting-service", role="service", scope="inbox:read")
    named = inbox.app.test_client().get("/internal/accounts", headers=headers).json["data"]
    assert [row["id"] for row in named] == [after["data"]["account_id"]]


def test_a_history_made_by_a_simulation_fills_only_the_last_months(inbox: InboxUnderTest, ada: str) -> None:
    now_us = clock.now_us()

    def lived(position: int, days_ago: int) -> Row:
        effective = {"effective_at_us": now_us - days_ago * DAY_US, "synthetic": True}
        return payment(position, new_id(), ada, 100, movement="payroll", **effective)

    inbox.take_in("journal", [lived(position, 366 - position) for position in range(1, 366)])
    rows = inbox.listed(ada, "?limit=200")
    assert len(rows) == KEPT_DAYS - 1
    assert rows[0]["created_at"] == clock.to_wire(now_us - DAY_US)


def test_a_bank_clock_that_was_moved_dates_everything(inbox: InboxUnderTest, ada: str) -> None:
    """Auth and the account service date what they tell in real time; the inbox shows one time, the bank's."""
    year_us = 365 * DAY_US
    now_us = clock.now_us()
    inbox.take_in("journal", [payment(1, new_id(), ada, 100, effective_at_us=now_us + year_us)])
    inbox.take_in("accounts", [account_opened(1, ada)])
    inbox.take_in("users", [user_event(1, "password_changed", ada)])
    rows = inbox.listed(ada)
    assert {row["type"] for row in rows[:2]} | {rows[2]["type"]} == {
        "money_received",
        "account_opened",
        "password_changed",
    }
    assert min(row["created_at"] for row in rows) >= clock.to_wire(now_us + year_us - DAY_US // 24)
    read_at = inbox.call("POST", f"/{rows[0]['id']}/read", ada).json["data"]["read_at"]
    assert read_at >= rows[0]["created_at"]


def test_what_moved_long_ago_by_a_moved_clock_is_old(inbox: InboxUnderTest, ada: str) -> None:
    now_us = clock.now_us()
    moved = payment(1, new_id(), ada, 100, effective_at_us=now_us + 365 * DAY_US)
    inbox.take_in("journal", [moved, payment(2, new_id(), ada, 999, effective_at_us=now_us)])
    assert [row["title"] for row in inbox.listed(ada)] == ["You received 1.00 EUR"]


def test_an_account_renamed_is_called_by_its_new_name(inbox: InboxUnderTest, ada: str) -> None:
    opened = account_opened(1, ada)
    renamed: dict[str, Any] = {**opened["data"], "nickname": "Holidays"}
    inbox.take_in("accounts", [opened])
    inbox.take_in("accounts", [{**account_opened(2, ada), "type": "account_updated", "data": renamed}])
    (row,) = inbox.listed(ada)
    assert row["body"] == 'Your account "Holidays" ending in 3000 is ready to use, in EUR.'


def test_a_world_of_a_thousand_costs_little(inbox: InboxUnderTest) -> None:
    """Many pages of a simulation's history: bounded inboxes, and far more rows a second than the ledger posts."""
    people = [new_id() for _ in range(50)]
    now_us = clock.now_us()
    rows = [
        payment(position, new_id(), people[position % 50], 100, movement="transfer", effective_at_us=now_us - position)
        for position in range(1, 20_001)
    ]
    began = time.process_time()
    for first in range(0, len(rows), 2000):
        inbox.take_in("journal", rows[first : first + 2000])
    seconds = time.process_time() - began  # whatever else the machine does meanwhile
    assert all(KEPT_PER_PERSON <= inbox.unread(person) < TRIMMED_FROM for person in people)
    assert seconds < 20
