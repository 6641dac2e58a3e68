"""A thousand events to a receiver that fails at random, is slow and dies: none lost, each account's in order."""

import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest

from notification_service.delivery.retries import RetryPolicy
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from tests.inboxes import InboxUnderTest, Row, entry, leg, open_inbox
from tests.keys import SigningKeys
from tests.receivers import Receiver, receiving

ROOT = Path(__file__).parents[2]
AT_ONCE = RetryPolicy(first_pause_seconds=0)


def rows_of(owner: str, count: int, accounts: int) -> list[Row]:
    """Movements of one person's accounts, in turn."""
    return [
        entry(number, leg(owner, -number, f"account {number % accounts}"), leg(None, number))
        for number in range(1, count + 1)
    ]


def subscribe(inbox: InboxUnderTest, owner: str, url: str) -> str:
    reply = inbox.hook("POST", "", owner, {"url": url, "events": ["transaction.completed"]})
    assert reply.status_code == 201, reply.text
    return str(reply.json["data"]["id"])


def check_received(receiver: Receiver, rows: list[Row]) -> None:
    """Each movement arrived; after the first that was answered well, only with the same id; each account in order."""
    arrived: dict[str, list[str]] = defaultdict(list)
    ids: dict[str, str] = {}
    bodies: dict[str, bytes] = {}
    for one in receiver.received:
        data = one.message["data"]
        assert ids.setdefault(data["transaction_id"], one.id) == one.id
        assert bodies.setdefault(one.id, one.body) == one.body
        if one.answer == 200 and data["transaction_id"] not in arrived[data["account_id"]]:
            arrived[data["account_id"]].append(data["transaction_id"])
    sent: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        sent[row["postings"][0]["account_id"]].append(row["id"])
    assert arrived == sent


def wait_until_sent(inbox: InboxUnderTest, count: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    query = f"SELECT count(*) FROM deliveries WHERE status = '{DeliveryStatus.DELIVERED}'"
    while True:
        with inbox.database.read() as connection:
            if connection.exec_driver_sql(query).scalar_one() == count:
                return
        assert time.monotonic() < until, "not everything arrived"
        time.sleep(0.1)


def test_a_thousand_events_reach_a_receiver_that_fails_is_slow_and_dies(tmp_path: Path) -> None:
    chance = random.Random(10)

    def answer(_number: int) -> int:
        time.sleep(chance.choice((0, 0, 0, 0.02)))
        return chance.choice((200, 200, 200, 200, 500, 0, 429))

    owner = new_id()
    with open_inbox(tmp_path, retries=AT_ONCE) as inbox, receiving(answer) as receiver:
        subscribe(inbox, owner, receiver.url)
        rows = rows_of(owner, 1000, 20)
        inbox.worker.start()

        def die_for_a_moment() -> None:
            while len(receiver.received) < 200:
                time.sleep(0.01)
            receiver.stop()
            time.sleep(1.0)
            receiver.start()

        dying = threading.Thread(target=die_for_a_moment)
        dying.start()
        for start in range(0, len(rows), 100):
            inbox.take_in("journal", rows[start : start + 100])
        wait_until_sent(inbox, 1000, 120)
        dying.join()
        inbox.worker.stop()
        check_received(receiver, rows)
        assert len(receiver.received) > 1000


DYING = """
import os, signal, sys, time
from notification_service.app import create_app
from notification_service.delivery import outbox, worker
from notification_service.delivery.retries import RetryPolicy
from notification_service.settings import Settings
from tests.keys import SigningKeys

when, after, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
seen = 0

def die(*_):
    global seen
    seen += 1
    if seen > after:
        os.kill(os.getpid(), signal.SIGKILL)

def before(function):
    return lambda *args, **kwargs: (die(), function(*args, **kwargs))[1]

def behind(function):
    return lambda *args, **kwargs: (function(*args, **kwargs), die())[0]

policy = RetryPolicy(first_pause_seconds=0, claim_seconds=1)
settings = Settings(url, "a key of tests", "another key of tests", retries=policy)
app = create_app(settings, keys=SigningKeys())
running = app.extensions["context"].deliveries
if when == "in the claim":
    outbox.claim = behind(outbox.claim)
elif when == "after the claim":
    running.attempt = before(running.attempt)
elif when == "after the sending":
    running.attempt = behind(running.attempt)
elif when == "in the record":
    outbox.finish = behind(outbox.finish)
elif when == "after the record":
    running.turn = behind(running.turn)
running.start()
while True:
    with app.extensions["database"].read() as connection:
        if not connection.exec_driver_sql("SELECT count(*) FROM deliveries WHERE finished_at IS NULL").scalar_one():
            break
    time.sleep(0.05)
running.stop()
"""


@pytest.mark.parametrize(
    "when", ["in the claim", "after the claim", "after the sending", "in the record", "after the record"]
)
def test_a_worker_killed_at_any_step_loses_nothing_and_repeats_only_with_the_same_id(tmp_path: Path, when: str) -> None:
    owner, keys = new_id(), SigningKeys()
    with receiving() as receiver:
        with open_inbox(tmp_path, keys) as inbox:
            subscribe(inbox, owner, receiver.url)
            rows = rows_of(owner, 60, 6)
            inbox.take_in("journal", rows)
            url = inbox.database.engine.url.render_as_string(hide_password=False)

        def run(point: str, after: int) -> int:
            command = [sys.executable, "-c", DYING, point, str(after), url]
            return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode

        assert run(when, 3) == -9
        assert run(when, 11) == -9
        assert run("never", 0) == 0
        with open_inbox(tmp_path, keys) as inbox:
            wait_until_sent(inbox, 60, 1)
    check_received(receiver, rows)
