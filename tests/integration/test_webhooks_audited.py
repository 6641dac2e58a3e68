"""What staff do with webhooks is in the trail, with where they lead; what customers do is not, and no secret is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notification_service.delivery.retries import RetryPolicy
from shared.identifiers import new_id
from tests.inboxes import InboxUnderTest, open_inbox, payment
from tests.receivers import receiving
from tests.webhooks import made

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path, retries=RetryPolicy(first_pause_seconds=0)) as opened:
        yield opened


def written(inbox: InboxUnderTest) -> list[dict[str, Any]]:
    with inbox.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT type, data FROM audit_records ORDER BY position").all()
    return [{"action": row[0], **json.loads(row[1])} for row in rows]


def test_an_administrators_webhook_is_followed_from_its_making_to_its_end(inbox: InboxUnderTest) -> None:
    chief = new_id()
    with receiving() as receiver:
        hook = made(inbox, chief, receiver.url, "transaction.completed", role="admin")
        path = f"/{hook['id']}"
        inbox.take_in("journal", [payment(1, new_id(), None, 5)])
        inbox.deliver()
        (delivery,) = inbox.hook("GET", f"{path}/deliveries", chief, role="admin").json["data"]
        elsewhere = {"url": receiver.url.replace("/hook", "/other")}
        rotated = inbox.hook("POST", f"{path}/rotate-secret", chief, {}, role="admin").json["data"]["secret"]
        inbox.hook("PUT", path, chief, elsewhere, role="admin")
        inbox.hook("POST", f"{path}/chaos", chief, {"duplicate": True}, role="admin")
        inbox.hook("POST", f"/deliveries/{delivery['id']}/redeliver", chief, {}, role="admin")
        inbox.hook("DELETE", path, chief, role="admin")
        inbox.hook("DELETE", path, chief, role="admin")
    records = written(inbox)
    assert [(one["action"], one["result"]) for one in records] == [
        ("webhook_created", "done"),
        ("webhook_secret_rotated", "done"),
        ("webhook_changed", "done"),
        ("webhook_changed", "done"),
        ("webhook_redelivered", "done"),
        ("webhook_deleted", "done"),
        ("webhook_deleted", "refused"),
    ]
    assert {(one["actor_id"], one["subject_id"]) for one in records} == {(chief, hook["id"])}
    created, _, moved, chaotic, again, deleted, _ = records
    assert created["after"]["scope"] == "bank"
    assert (moved["before"], moved["after"]) == ({"url": receiver.url}, elsewhere)
    assert (chaotic["before"], chaotic["after"]) == ({"chaos": False}, {"chaos": True})
    assert again["after"] == {"event_id": delivery["event_id"]}
    assert deleted["before"]["url"] == elsewhere["url"]
    assert hook["secret"] not in json.dumps(records)
    assert rotated not in json.dumps(records)


def test_what_customers_do_with_their_own_is_not_written_down(inbox: InboxUnderTest) -> None:
    ada = new_id()
    hook = made(inbox, ada, None)
    inbox.hook("POST", f"/{hook['id']}/rotate-secret", ada, {})
    inbox.hook("DELETE", f"/{hook['id']}", ada)
    assert written(inbox) == []


def test_a_reset_keeps_what_was_written_down(inbox: InboxUnderTest) -> None:
    made(inbox, new_id(), None, role="admin")
    assert inbox.reset().status_code == 200
    assert [one["action"] for one in written(inbox)] == ["webhook_created"]
