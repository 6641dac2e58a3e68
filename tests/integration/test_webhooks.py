"""Webhooks from a feed's row to a receiver: who hears of what, signed how, in which order, and what fails how."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from notification_service.delivery import outbox
from notification_service.delivery.retries import RetryPolicy
from notification_service.webhooks import publishing, signing
from notification_service.webhooks.endpoints import MOST_PER_PERSON
from notification_service.webhooks.event_types import SUBSCRIBABLE
from shared.identifiers import new_id
from shared.time import clock
from tests.inboxes import DAY_US, InboxUnderTest, account_opened, entry, id_of, leg, open_inbox, payment
from tests.receivers import Receiver, receiving
from tests.webhooks import made

pytestmark = pytest.mark.databases_in_turn
A1 = id_of("an account of Ada's")
AT_ONCE = RetryPolicy(first_pause_seconds=0)
NEVER_AGAIN = RetryPolicy(give_up_after_seconds=0)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path, retries=AT_ONCE) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def ada() -> str:
    return new_id()


def deliveries(inbox: InboxUnderTest, user_id: str, webhook_id: str, query: str = "") -> list[dict[str, Any]]:
    reply = inbox.hook("GET", f"/{webhook_id}/deliveries{query}", user_id)
    assert reply.status_code == 200, reply.text
    rows: list[dict[str, Any]] = reply.json["data"]
    return rows


def test_a_transfer_reaches_its_owners_receiver_and_the_published_library_verifies_it(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    hook = made(inbox, ada, receiver.url, "transaction.completed")
    row = entry(1, leg(ada, -1234, A1), leg(new_id(), 1234))
    inbox.take_in("journal", [row])
    assert inbox.deliver() == 1
    (received,) = receiver.received
    message = Webhook(hook["secret"]).verify(received.body, received.headers)
    assert message["id"] == received.id
    assert (message["type"], message["timestamp"]) == ("transaction.completed", clock.to_wire(row["effective_at_us"]))
    said = {name: message["data"][name] for name in ("transaction_id", "account_id", "direction", "amount", "currency")}
    assert said == {
        "transaction_id": row["id"],
        "account_id": A1,
        "direction": "out",
        "amount": "12.34",
        "currency": "EUR",
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(received.body.replace(b"12.34", b"99.99"), received.headers)
    (delivery,) = deliveries(inbox, ada, hook["id"])
    assert (delivery["status"], delivery["event_id"], delivery["next_attempt_at"]) == ("delivered", received.id, None)
    assert [(one["answer_status"], one["answer_start"]) for one in delivery["attempts"]] == [(200, "thanks")]


def test_each_hears_of_themselves_and_an_administrator_of_all(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    bob, admin = new_id(), new_id()
    with receiving() as of_bob, receiving() as of_bank, receiving() as of_admin:
        made(inbox, ada, receiver.url, "transaction.completed")
        made(inbox, bob, of_bob.url, "hold.placed", "transaction.completed", role="employee")
        made(inbox, admin, of_bank.url, role="admin")
        reply = inbox.hook("POST", "", admin, {"url": of_admin.url, "events": ["*"], "scope": "own"}, role="admin")
        assert reply.json["data"]["scope"] == "own"
        inbox.take_in("journal", [payment(1, ada, bob, 500), payment(2, new_id(), new_id(), 700)])
        inbox.deliver()
        heard = [[one.message["data"]["user_id"] for one in each.received] for each in (receiver, of_bob)]
        assert heard == [[ada], [bob]]
        assert (len(of_bank.received), of_admin.received) == (4, [])


def test_whoever_works_here_or_asks_for_more_than_they_may_is_refused(inbox: InboxUnderTest, ada: str) -> None:
    body = {"url": "https://example.org/", "events": ["*"], "scope": "bank"}
    for role in ("customer", "employee"):
        reply = inbox.hook("POST", "", ada, body, role=role)
        assert (reply.status_code, reply.json["error_code"]) == (403, "FORBIDDEN")
    client = inbox.hook("POST", "", "erp", body, role="service", scope="webhooks:bank")
    assert (client.status_code, client.json["data"]["scope"]) == (201, "bank")
    assert inbox.hook("GET", "", "erp", role="service", scope="feed:read").status_code == 403


def test_somebody_elses_webhook_and_delivery_are_not_there(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    hook = made(inbox, ada, receiver.url)
    inbox.hook("POST", f"/{hook['id']}/ping", ada)
    (delivery,) = deliveries(inbox, ada, hook["id"])
    mallory = new_id()
    for role in ("customer", "employee", "admin"):
        for method, path, body in (
            ("GET", f"/{hook['id']}", None),
            ("PUT", f"/{hook['id']}", {"enabled": False}),
            ("DELETE", f"/{hook['id']}", None),
            ("POST", f"/{hook['id']}/rotate-secret", {}),
            ("POST", f"/{hook['id']}/ping", {}),
            ("POST", f"/{hook['id']}/chaos", {"duplicate": True}),
            ("GET", f"/{hook['id']}/deliveries", None),
            ("POST", f"/deliveries/{delivery['id']}/redeliver", {}),
        ):
            reply = inbox.hook(method, path, mallory, body, role=role)
            nothing = inbox.hook(
                method, path.replace(hook["id"], new_id()).replace(delivery["id"], new_id()), mallory, body, role=role
            )
            assert (reply.status_code, reply.json["message"]) == (404, nothing.json["message"]), path
    assert inbox.hook("GET", f"/{hook['id']}", ada).json["data"]["enabled"] is True


def test_a_secret_is_shown_once_and_lies_encrypted(inbox: InboxUnderTest, ada: str) -> None:
    hook = made(inbox, ada, "https://example.org/")
    assert hook["secret"].startswith("whsec_")
    shown = inbox.hook("GET", f"/{hook['id']}", ada).text + inbox.hook("GET", "", ada).text
    assert "whsec_" not in shown
    with inbox.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT secret FROM webhook_endpoints").scalar_one()
    assert hook["secret"].removeprefix("whsec_") not in stored


def test_after_a_rotation_both_secrets_verify_for_a_day_and_then_the_new_one_alone(
    inbox: InboxUnderTest, receiver: Receiver, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(inbox, ada, receiver.url)
    new = inbox.hook("POST", f"/{old['id']}/rotate-secret", ada).json["data"]
    assert new["secret"] != old["secret"]
    inbox.hook("POST", f"/{old['id']}/ping", ada)
    inbox.deliver()
    for secret in (old["secret"], new["secret"]):
        Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    later = clock.now_us() + DAY_US + 1
    inbox.hook("POST", f"/{old['id']}/ping", ada)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now_us", lambda: later)
        inbox.deliver()
    late = receiver.received[1]
    timestamp = int(late.headers["webhook-timestamp"])
    signed = signing.signature_header([new["secret"]], message_id=late.id, timestamp=timestamp, body=late.body)
    assert late.headers["webhook-signature"] == signed


def test_a_failing_receiver_is_asked_again_with_the_same_id_and_the_next_of_the_account_waits(
    inbox: InboxUnderTest, ada: str
) -> None:
    with receiving(lambda number: 500 if number <= 3 else 200) as receiver:
        hook = made(inbox, ada, receiver.url, "transaction.completed")
        rows = [entry(number, leg(ada, -number, A1), leg(None, number)) for number in (1, 2)]
        inbox.take_in("journal", rows)
        inbox.deliver()
        ids = [one.message["data"]["transaction_id"] for one in receiver.received]
        assert ids == [rows[0]["id"]] * 4 + [rows[1]["id"]]
        assert len({one.id for one in receiver.received}) == 2
        second, first = deliveries(inbox, ada, hook["id"])
        assert [one["answer_status"] for one in first["attempts"]] == [500, 500, 500, 200]
        assert len(second["attempts"]) == 1


def test_what_was_given_up_is_told_once_and_the_next_goes_on(tmp_path: Path, ada: str) -> None:
    with open_inbox(tmp_path, retries=NEVER_AGAIN) as inbox, receiving(lambda _: 500) as receiver:
        hook = made(inbox, ada, receiver.url, "transaction.completed")
        inbox.take_in("journal", [entry(number, leg(ada, -number, A1), leg(None, number)) for number in (1, 2)])
        assert inbox.deliver() == 2
        assert [one["status"] for one in deliveries(inbox, ada, hook["id"])] == ["failed", "failed"]
        (told,) = [row for row in inbox.listed(ada) if row["type"] == "webhook_failed"]
        assert told["link"] == f"/webhooks/{hook['id']}"
        assert inbox.hook("GET", f"/{hook['id']}", ada).json["data"]["failing_since"] is not None
        receiver.answer = lambda _: 200
        failed = deliveries(inbox, ada, hook["id"], "?status=failed")[0]
        again = inbox.hook("POST", f"/deliveries/{failed['id']}/redeliver", ada)
        assert (again.status_code, again.json["data"]["status"]) == (202, "due")
        inbox.deliver()
        assert receiver.received[-1].id == failed["event_id"]
        assert inbox.hook("GET", f"/{hook['id']}", ada).json["data"]["failing_since"] is None


def test_without_an_address_events_are_kept_to_be_fetched_in_order(inbox: InboxUnderTest, ada: str) -> None:
    made(inbox, ada, None, "transaction.completed")
    inbox.take_in("journal", [payment(number, ada, new_id(), number) for number in range(1, 6)])
    assert inbox.deliver() == 0
    newest_first = inbox.hook("GET", "/events", ada).json["data"]
    assert [event["data"]["amount"] for event in newest_first] == ["0.05", "0.04", "0.03", "0.02", "0.01"]
    after = inbox.hook("GET", f"/events?after={newest_first[-2]['id']}&limit=2", ada).json
    assert [event["data"]["amount"] for event in after["data"]] == ["0.03", "0.04"]
    assert inbox.hook("GET", "/events", new_id()).json["data"] == []
    assert len(inbox.hook("GET", "/events", new_id(), role="admin").json["data"]) == 5


def test_nothing_is_kept_while_nobody_listens_and_nothing_of_before_is_told(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    before = payment(1, ada, new_id(), 5)
    inbox.take_in("journal", [before])
    with inbox.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM webhook_events").scalar_one() == 0
    made(inbox, ada, receiver.url)
    long_ago = clock.now_us() - (publishing.TOLD_DAYS + 1) * DAY_US
    inbox.take_in("journal", [{**before, "position": 2}, payment(3, ada, None, 7, effective_at_us=long_ago)])
    assert inbox.deliver() == 0


def test_a_feed_that_is_read_again_tells_nobody_anything_twice(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    made(inbox, ada, receiver.url)
    rows = [payment(1, ada, None, 5)]
    inbox.take_in("journal", rows)
    inbox.consumer("journal").reader.begin_anew()
    inbox.take_in("journal", rows)
    assert inbox.deliver() == 1


def test_a_ping_without_an_address_names_what_is_missing(inbox: InboxUnderTest, ada: str) -> None:
    hook = made(inbox, ada, None)
    reply = inbox.hook("POST", f"/{hook['id']}/ping", ada, {})
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["url"])


def test_nothing_is_sent_again_where_the_address_was_taken_away(
    inbox: InboxUnderTest, receiver: Receiver, ada: str
) -> None:
    hook = made(inbox, ada, receiver.url)
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    inbox.deliver()
    inbox.hook("PUT", f"/{hook['id']}", ada, {"url": None})
    (delivery,) = deliveries(inbox, ada, hook["id"])
    reply = inbox.hook("POST", f"/deliveries/{delivery['id']}/redeliver", ada, {})
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["url"])
    assert deliveries(inbox, ada, hook["id"]) == [delivery]


def test_one_ping_is_under_way_at_a_time(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    hook = made(inbox, ada, receiver.url)
    first = inbox.hook("POST", f"/{hook['id']}/ping", ada)
    second = inbox.hook("POST", f"/{hook['id']}/ping", ada)
    assert (first.status_code, second.json["data"]["id"]) == (202, first.json["data"]["id"])
    inbox.deliver()
    assert [one.message["type"] for one in receiver.received] == ["webhook.ping"]


def test_what_is_asked_wrongly_is_refused_field_by_field(inbox: InboxUnderTest, ada: str) -> None:
    good = {"url": "https://example.org/hook", "events": ["*"]}
    for change, field in (
        ({"events": []}, "events"),
        ({"events": ["transaction.invented"]}, "events"),
        ({"events": ["webhook.ping"]}, "events"),
        ({"url": ""}, "url"),
        ({"url": "https://example.org/" + "a" * 2000}, "url"),
        ({"description": "a" * 201}, "description"),
        ({"scope": "all"}, "scope"),
        ({"secret": "whsec_mine"}, "secret"),
        ({"user_id": new_id()}, "user_id"),
    ):
        reply = inbox.hook("POST", "", ada, {**good, **change})
        assert reply.status_code == 422, (change, reply.text)
        assert next(iter(reply.json["details"]["fields"])).startswith(field), reply.text


def test_one_has_a_bounded_number_of_webhooks(inbox: InboxUnderTest, ada: str) -> None:
    for _ in range(MOST_PER_PERSON):
        made(inbox, ada, "https://example.org/")
    reply = inbox.hook("POST", "", ada, {"url": "https://example.org/", "events": ["*"]})
    assert (reply.status_code, reply.json["error_code"]) == (409, "TOO_MANY_WEBHOOKS")
    assert reply.json["details"] == {"limit": MOST_PER_PERSON}


def test_every_type_of_event_has_a_schema(inbox: InboxUnderTest, ada: str) -> None:
    listed = inbox.hook("GET", "/event-types", ada).json["data"]
    assert {one["type"] for one in listed} == SUBSCRIBABLE | {"webhook.ping"}
    assert all(one["schema"]["properties"]["data"]["properties"] for one in listed)


def test_chaos_duplicates_delays_and_drops_the_first_try(
    inbox: InboxUnderTest, receiver: Receiver, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = made(inbox, ada, receiver.url)
    asked = {"duplicate": True, "drop_first": True, "delay_seconds": 60}
    reply = inbox.hook("POST", f"/{hook['id']}/chaos", ada, asked)
    assert reply.json["data"]["chaos"] == {**asked, "reorder": False}
    inbox.take_in("journal", [payment(1, ada, None, 5)])
    assert inbox.deliver() == 0
    later = clock.now_us() + 61_000_000
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now_us", lambda: later)
        assert inbox.deliver() == 2
    assert len(receiver.received) == 2
    assert len({one.id for one in receiver.received}) == 1
    (delivery,) = deliveries(inbox, ada, hook["id"])
    assert "chaos" in delivery["attempts"][0]["problem"]


def test_chaos_reorders(inbox: InboxUnderTest, receiver: Receiver, ada: str) -> None:
    hook = made(inbox, ada, receiver.url, "transaction.completed")
    inbox.hook("POST", f"/{hook['id']}/chaos", ada, {"reorder": True})
    inbox.take_in("journal", [entry(number, leg(ada, -number, A1), leg(None, number)) for number in range(1, 31)])
    until = time.monotonic() + 10
    while len(receiver.received) < 30:
        assert time.monotonic() < until
        inbox.deliver()
        time.sleep(0.05)
    amounts = [one.message["data"]["amount"] for one in receiver.received]
    assert sorted(amounts) != amounts


def test_a_bank_in_production_does_nothing_wrong_on_purpose(tmp_path: Path, ada: str) -> None:
    with open_inbox(tmp_path, is_production=True) as inbox:
        hook = made(inbox, ada, "https://example.org/")
        reply = inbox.hook("POST", f"/{hook['id']}/chaos", ada, {"duplicate": True})
        assert (reply.status_code, reply.json["error_code"]) == (403, "ONLY_IN_DEVELOPMENT")


def test_what_ended_long_ago_is_forgotten_and_what_is_open_stays(
    inbox: InboxUnderTest, receiver: Receiver, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(inbox, ada, receiver.url, "account.opened")
    inbox.take_in("accounts", [account_opened(1, ada)])
    inbox.deliver()
    hook = made(inbox, ada, receiver.url, "account.opened")
    inbox.take_in("accounts", [account_opened(2, ada)])
    inbox.hook("PUT", f"/{hook['id']}", ada, {"enabled": False})
    inbox.deliver()

    with inbox.database.write_session() as session:
        assert outbox.forget_old(session, clock.now_us() + 31 * DAY_US) is False
    with inbox.database.read() as connection:
        left = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("webhook_events", "deliveries", "delivery_attempts")
        }
    assert left == {"webhook_events": 1, "deliveries": 1, "delivery_attempts": 0}
