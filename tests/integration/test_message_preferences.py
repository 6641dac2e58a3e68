"""By which ways somebody is told: what they chose holds for inbox, mail and their own webhooks, from the reply on."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from notification_service.delivery.retries import RetryPolicy
from notification_service.preferences import repository
from notification_service.preferences.choices import MAILED
from notification_service.preferences.payloads import Preferences, PreferencesChange
from shared.enums import SECURITY_MESSAGES, NotificationType
from shared.identifiers import new_id
from tests.architecture.sources import ROOT
from tests.inboxes import InboxUnderTest, Row, account_opened, open_inbox, payment, registered, user_event
from tests.webhooks import made

pytestmark = pytest.mark.databases_in_turn
ADA = "0190a8c0-5f00-7a00-8000-00000000000a"
OFF = {"inbox": False, "email": False, "webhook": False}
PATH = "/preferences"


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    policy = RetryPolicy(give_up_after_seconds=0)
    with open_inbox(tmp_path, retries=policy, owner_email="owner@example.org") as opened:
        opened.take_in("people", [registered(1, ADA)])
        yield opened


def put(inbox: InboxUnderTest, body: object, user_id: str = ADA) -> TestResponse:
    headers = inbox.keys.headers(user_id)
    return inbox.app.test_client().put(f"/api/notifications{PATH}", json=body, headers=headers)


def chosen(inbox: InboxUnderTest, user_id: str = ADA) -> dict[str, Row]:
    reply = inbox.call("GET", PATH, user_id)
    assert reply.status_code == 200, reply.text
    found: dict[str, Row] = reply.json["data"]
    return found


def mailed(inbox: InboxUnderTest) -> list[str]:
    return [f"{mail['to']}: {mail['subject']}" for mail in inbox.mailbox().json["data"]]


def kept_events(inbox: InboxUnderTest, user_id: str = ADA, **who: Any) -> list[str]:
    return [row["type"] for row in inbox.hook("GET", "/events", user_id, **who).json["data"]]


def test_each_message_has_its_field_in_request_and_reply() -> None:
    names = {kind.value for kind in NotificationType}
    assert set(Preferences.model_fields) == set(PreferencesChange.model_fields) == names


def test_the_document_lists_each_message_and_whether_it_is_mailed() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\w+) \|$", (ROOT / "docs" / "messages.md").read_text(), re.MULTILINE)
    always, usually = dict.fromkeys(SECURITY_MESSAGES, "always"), dict.fromkeys(MAILED - SECURITY_MESSAGES, "yes")
    assert sorted(rows) == sorted({**dict.fromkeys(NotificationType, "no"), **usually, **always}.items())


def test_who_has_chosen_nothing_is_told_everything_and_mailed_what_belongs_on_paper(inbox: InboxUnderTest) -> None:
    now = chosen(inbox)
    assert {kind for kind, switches in now.items() if switches["email"]} == MAILED
    assert all(switches["inbox"] for switches in now.values())
    assert {kind for kind, switches in now.items() if not switches["webhook"]} == {"webhook_failed"}


def test_what_is_left_out_stays_and_nobody_elses_changes(inbox: InboxUnderTest) -> None:
    before = chosen(inbox)
    reply = put(inbox, {"money_received": {"email": False}, "interest_paid": {"email": True}})
    assert reply.status_code == 200, reply.text
    after = chosen(inbox)
    assert reply.json["data"] == after
    assert after.pop("money_received") == {"inbox": True, "email": False, "webhook": True}
    assert after.pop("interest_paid") == {"inbox": True, "email": True, "webhook": True}
    assert after == {kind: switches for kind, switches in before.items() if kind in after}
    assert put(inbox, {"money_received": {"webhook": False}}).json["data"]["money_received"] == {
        "inbox": True, "email": False, "webhook": False,
    }  # fmt: skip
    assert chosen(inbox, new_id()) == before
    assert put(inbox, chosen(inbox)).status_code == 200, "what was read can be sent back"


def test_each_way_is_switched_by_itself(inbox: InboxUnderTest) -> None:
    made(inbox, ADA, None)
    for number, way in enumerate(("inbox", "email", "webhook"), start=1):
        put(inbox, {"money_received": {"inbox": True, "email": True, "webhook": True, way: False}})
        inbox.take_in("journal", [payment(number, None, ADA, number)])
    assert [row["title"] for row in inbox.listed(ADA)] == ["You received 0.03 EUR", "You received 0.02 EUR"]
    assert mailed(inbox) == ["ada@example.org: You received 0.03 EUR", "ada@example.org: You received 0.01 EUR"]
    assert kept_events(inbox) == ["transaction.completed"] * 2


def test_what_was_not_mailed_before_is_once_it_is_chosen(inbox: InboxUnderTest) -> None:
    put(inbox, {"fee_charged": {"email": True}})
    inbox.take_in("journal", [payment(1, ADA, None, 5, movement="fee"), payment(2, None, ADA, 5, movement="interest")])
    assert mailed(inbox) == ["ada@example.org: A fee of 0.05 EUR"]


def test_what_nobody_tells_in_the_inbox_still_reaches_the_banks_own_webhook(inbox: InboxUnderTest) -> None:
    chief = new_id()
    made(inbox, chief, None, role="admin")
    put(inbox, {"money_received": OFF})
    inbox.take_in("journal", [payment(1, None, ADA, 5), payment(2, ADA, None, 5)])
    assert inbox.listed(ADA) == []
    assert kept_events(inbox, chief, role="admin") == ["transaction.completed"] * 2


def test_the_banks_owner_hears_of_an_account_whose_holder_wants_no_mail(inbox: InboxUnderTest) -> None:
    put(inbox, {"account_opened": OFF})
    inbox.take_in("accounts", [account_opened(1, ADA)])
    assert mailed(inbox) == ["owner@example.org: A new account was opened"]


@pytest.mark.parametrize("way", ["inbox", "email"])
@pytest.mark.parametrize("kind", sorted(SECURITY_MESSAGES))
def test_messages_of_security_cannot_be_switched_off(inbox: InboxUnderTest, kind: str, way: str) -> None:
    reply = put(inbox, {"money_received": {"email": False}, kind: {way: False}})
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")
    assert reply.json["details"]["fields"] == {f"{kind}.{way}": "is always on"}
    assert chosen(inbox)["money_received"]["email"], "nothing of it was done"
    assert put(inbox, {kind: {way: True, "webhook": False}}).status_code == 200
    inbox.take_in("users", [user_event(1, "password_changed", ADA, address="127.0.0.1")])
    assert mailed(inbox) == ["ada@example.org: Your password was changed"]


@pytest.mark.parametrize(
    "body",
    [
        {"no_such_message": OFF},
        {"money_received": {"sms": True}},
        {"money_received": {"inbox": 1}},
        {"money_received": {"inbox": "false"}},
        {"money_received": True},
        {"money_received.inbox": False},
        {"webhook_failed": {"webhook": True}},
    ],
)
def test_what_is_no_preference_is_refused_and_changes_nothing(inbox: InboxUnderTest, body: object) -> None:
    before = chosen(inbox)
    assert put(inbox, body).status_code == 422
    assert chosen(inbox) == before


def test_a_switch_thrown_while_a_page_is_taken_in_holds_for_all_of_the_page_or_none(inbox: InboxUnderTest) -> None:
    """Both are one transaction, and they take turns: no row is in the inbox that a mail is missing of."""
    rows = [payment(position, None, ADA, 100 + position) for position in range(1, 201)]
    began = threading.Barrier(2)

    def throw() -> None:
        began.wait()
        for number in range(20):
            put(inbox, {"money_received": {"inbox": bool(number % 2), "email": bool(number % 2)}})

    thrower = threading.Thread(target=throw)
    thrower.start()
    began.wait()
    pages = [rows[start : start + 20] for start in range(0, 200, 20)]
    for page in pages:
        inbox.take_in("journal", page)
    thrower.join()
    told = {row["link"].rpartition("/")[2] for row in inbox.listed(ADA, "?limit=200")}
    letters = {mail["link"].rpartition("/")[2] for mail in inbox.mailbox("?limit=200").json["data"]}
    assert told == letters
    for page in pages:
        assert len(told & {row["id"] for row in page}) in (0, len(page))


def test_who_has_a_dead_webhook_and_wants_no_message_of_it_gets_none(inbox: InboxUnderTest) -> None:
    hook = made(inbox, ADA, "http://127.0.0.1:9/", "transaction.completed")
    put(inbox, {"webhook_failed": {"inbox": False}})
    inbox.take_in("journal", [payment(1, ADA, None, 5)])
    inbox.deliver()
    assert inbox.hook("GET", f"/{hook['id']}", ADA).json["data"]["failing_since"] is not None
    assert inbox.listed(ADA) == []


def test_a_reset_forgets_what_was_chosen(inbox: InboxUnderTest) -> None:
    put(inbox, {"money_received": OFF})
    assert inbox.reset().status_code == 200
    assert chosen(inbox)["money_received"] == {"inbox": True, "email": True, "webhook": True}
    with inbox.database.read_session() as session:
        assert repository.chosen_by(session, [ADA]).of(ADA, "money_received").inbox
