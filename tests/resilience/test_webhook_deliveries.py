"""Up to a thousand events to a receiver that fails at random, is slow and dies: none lost, each account's in order."""

import random
import threading
import time
from collections import defaultdict
from pathlib import Path
from signal import SIGKILL

import pytest

from notification_service.delivery.retries import RetryPolicy
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from tests.inboxes import InboxUnderTest, Row, entry, id_of, leg, open_inbox
from tests.keys import SigningKeys
from tests.receivers import Receiver, receiving
from tests.resilience.dying_deliveries import deliver
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

EVENTS = often(400, 1000)
AT_ONCE = RetryPolicy(first_pause_seconds=0)


def rows_of(owner: str, count: int, accounts: int) -> list[Row]:
    """Movements of one person's accounts, in turn."""
    return [
        entry(number, leg(owner, -number, id_of(f"account {number % accounts}")), leg(None, number))
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


def test_every_event_reaches_a_receiver_that_fails_is_slow_and_dies(tmp_path: Path) -> None:
    chance = random.Random(10)

    def answer(_number: int) -> int:
        time.sleep(chance.choice((0, 0, 0, 0.02)))
        return chance.choice((200, 200, 200, 200, 500, 0, 429))

    owner = new_id()
    with open_inbox(tmp_path, retries=AT_ONCE) as inbox, receiving(answer) as receiver:
        subscribe(inbox, owner, receiver.url)
        rows = rows_of(owner, EVENTS, 20)
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
        wait_until_sent(inbox, EVENTS, 120)
        dying.join()
        inbox.worker.stop()
        check_received(receiver, rows)
        assert len(receiver.received) > EVENTS


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

        assert deliver(tmp_path, when, 3, url) == -SIGKILL
        assert deliver(tmp_path, when, 11, url) == -SIGKILL
        assert deliver(tmp_path, "never", 0, url) == 0
        with open_inbox(tmp_path, keys) as inbox:
            wait_until_sent(inbox, 60, 1)
    check_received(receiver, rows)
