"""Who may go on listening, and what becomes of what is on its way: roles end, switches, deletions, resets, deaths."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notification_service.delivery.retries import RetryPolicy
from shared.identifiers import new_id
from tests.inboxes import InboxUnderTest, open_inbox, payment, user_event
from tests.receivers import Receiver, receiving
from tests.webhooks import made


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path, retries=RetryPolicy(first_pause_seconds=0)) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def ada() -> str:
    return new_id()


def wait_for_one(receiver: Receiver) -> None:
    until = time.monotonic() + 10
    while not receiver.received:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_who_is_no_administrator_any_more_hears_of_nobody_else(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    hook = made(inbox, ada, receiver.url, role="admin")
    facts = {"username": "ada", "full_name": "Ada", "email": "ada@example.org", "status": "active"}
    inbox.take_in("users", [user_event(1, "user_updated", ada, role="customer", **facts)])
    inbox.take_in("journal", [payment(1, new_id(), new_id(), 5)])
    assert inbox.deliver() == 0
    reply = inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": True})
    assert reply.status_code == 403
    assert inbox.hook("GET", f"/{hook['id']}", ada).json["data"]["enabled"] is False


def test_who_has_just_lost_their_role_makes_nothing_that_stays(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    """Their token is believed here until we ask again: what they make with it must not outlive it."""
    hook = made(inbox, ada, receiver.url, role="admin")
    inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": False}, role="admin")
    inbox.keys.revoked.append({"position": 1, "session_id": None, "user_id": ada, "issued_before": time.time() + 60})
    reply = inbox.hook("POST", "", ada, {"url": receiver.url, "events": ["*"]}, role="admin")
    assert (reply.status_code, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    with inbox.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT id, is_enabled FROM webhook_endpoints").all()
    assert [tuple(row) for row in kept] == [(hook["id"], 0)]


def test_who_has_just_lost_their_role_switches_nothing_on(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    hook = made(inbox, ada, receiver.url, role="admin")
    inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": False}, role="admin")
    inbox.keys.revoked.append({"position": 1, "session_id": None, "user_id": ada, "issued_before": time.time() + 60})
    assert inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": True}, role="admin").status_code == 401
    with inbox.database.read() as connection:
        assert connection.exec_driver_sql("SELECT is_enabled FROM webhook_endpoints").scalar_one() == 0


def test_nothing_is_sent_while_the_bank_is_being_reset(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    made(inbox, ada, receiver.url)
    fence = inbox.app.extensions["fence"]
    fence.before_opening.clear()  # no other service is here to be asked
    fence.close()
    inbox.worker.start(fence)
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    time.sleep(1.2)
    assert receiver.received == []
    fence.open()
    wait_for_one(receiver)
    inbox.worker.stop()


def test_what_a_process_was_sending_as_it_died_is_sent_as_the_next_one_begins(tmp_path: Path, ada: str) -> None:
    with receiving() as receiver:
        with open_inbox(tmp_path) as inbox:
            made(inbox, ada, receiver.url)
            inbox.take_in("journal", [payment(1, ada, None, 5)])
            assert len(inbox.worker.turn()) == 1
        with open_inbox(tmp_path, inbox.keys) as inbox:
            inbox.worker.start()
            wait_for_one(receiver)
            inbox.worker.stop()


def test_what_is_switched_off_waits_and_goes_on_later(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    hook = made(inbox, ada, receiver.url)
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    assert inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": False}).json["data"]["enabled"] is False
    inbox.take_in("journal", [payment(2, ada, None, 6)])
    assert inbox.deliver() == 0
    inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": True, "description": "Books"})
    inbox.deliver()
    assert [one.message["data"]["amount"] for one in receiver.received] == ["0.05"]


def test_a_deleted_webhook_is_sent_nothing_more(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    hook = made(inbox, ada, receiver.url)
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    assert inbox.hook("DELETE", f"/{hook['id']}", ada).json["data"] == {"deleted": True}
    assert inbox.deliver() == 0
    assert inbox.hook("GET", f"/{hook['id']}", ada).status_code == 404


def test_a_delivery_whose_webhook_goes_while_it_is_sent_is_forgotten(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    hook = made(inbox, ada, receiver.url)
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    (claim,) = inbox.worker.turn()
    inbox.hook("DELETE", f"/{hook['id']}", ada)
    inbox.worker.keep(inbox.worker.attempt(claim))
    assert inbox.worker.turn() == []


def test_a_reset_leaves_nothing(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    made(inbox, ada, receiver.url)
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    assert inbox.reset().status_code == 200
    assert inbox.deliver() == 0
    with inbox.database.read() as connection:
        for table in ("webhook_endpoints", "webhook_events", "deliveries", "delivery_attempts"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0, table
