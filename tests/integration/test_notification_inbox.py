"""The inbox's API: the owner's alone, newest first, page by page, read once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notification_service.inbox.repository import KEPT_OF_DECLINED, KEPT_PER_PERSON, TRIMMED_FROM
from shared.identifiers import new_id
from shared.time import clock
from tests.inboxes import (
    DAY_US,
    InboxUnderTest,
    account_opened,
    card_declined,
    entry,
    leg,
    open_inbox,
    payment,
    user_event,
)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path) as opened:
        yield opened


@pytest.fixture
def ada() -> str:
    return new_id()


def fill(inbox: InboxUnderTest, user_id: str, count: int, first: int = 1) -> None:
    inbox.take_in("journal", [payment(first + number, new_id(), user_id, 100 + number) for number in range(count)])


def test_a_notification_has_the_shape_of_the_contract(inbox: InboxUnderTest, ada: str) -> None:
    opened = account_opened(1, ada)
    grace = account_opened(2, new_id(), holder_name="Grace Hopper")
    inbox.take_in("accounts", [opened, grace])
    row = entry(
        1,
        leg(grace["data"]["user_id"], -1234, grace["data"]["account_id"]),
        leg(ada, 1234, opened["data"]["account_id"]),
        effective_at_us=clock.now_us() + DAY_US,
    )
    inbox.take_in("journal", [row])
    newest, oldest = inbox.listed(ada)
    assert newest == {
        "id": newest["id"],
        "type": "money_received",
        "title": "You received 12.34 EUR",
        "body": "Grace Hopper paid 12.34 EUR into your checking account ending in 3000. Message: “Dinner”",
        "link": f"/transactions/{row['id']}",
        "created_at": clock.to_wire(row["effective_at_us"]),
        "read_at": None,
    }
    assert (oldest["type"], oldest["link"]) == ("account_opened", f"/accounts/{opened['data']['account_id']}")


@pytest.mark.every_database
def test_pages_follow_each_other_without_gap_or_overlap_while_new_ones_arrive(inbox: InboxUnderTest, ada: str) -> None:
    fill(inbox, ada, 25)
    before = [row["id"] for row in inbox.listed(ada)]
    seen: list[str] = []
    query = "?limit=7"
    while True:
        page = inbox.call("GET", f"/list{query}", ada).json
        seen += [row["id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        fill(inbox, ada, 1, first=1 + len(seen) * 100)
        query = f"?limit=7&cursor={page['next_cursor']}"
    assert seen == before


@pytest.mark.parametrize("query", ["?limit=0", "?limit=201", "?cursor=forged", "?unread=maybe", "?user_id=1"])
def test_a_query_that_is_not_valid_is_refused(inbox: InboxUnderTest, ada: str, query: str) -> None:
    reply = inbox.call("GET", f"/list{query}", ada)
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.every_database
def test_reading_one_is_remembered_with_its_first_time(inbox: InboxUnderTest, ada: str) -> None:
    fill(inbox, ada, 3)
    chosen = inbox.listed(ada)[1]
    first = inbox.call("POST", f"/{chosen['id']}/read", ada)
    again = inbox.call("POST", f"/{chosen['id']}/read", ada)
    assert first.status_code == 200
    assert first.json["data"]["read_at"] >= chosen["created_at"]
    assert again.json == first.json
    assert inbox.unread(ada) == 2
    assert chosen["id"] not in [row["id"] for row in inbox.listed(ada, "?unread=true")]
    assert len(inbox.listed(ada, "?unread=false")) == 3


@pytest.mark.every_database
def test_reading_all_leaves_other_peoples_unread(inbox: InboxUnderTest, ada: str) -> None:
    bob = new_id()
    fill(inbox, ada, 3)
    fill(inbox, bob, 2, first=50)
    assert inbox.call("POST", "/read_all", ada).json["data"] == {"marked_read": 3}
    assert inbox.call("POST", "/read_all", ada).json["data"] == {"marked_read": 0}
    assert (inbox.unread(ada), inbox.unread(bob)) == (0, 2)
    assert inbox.listed(ada, "?unread=true") == []


@pytest.mark.parametrize("role", ["customer", "employee", "admin"])
def test_somebody_elses_notification_is_not_there(inbox: InboxUnderTest, ada: str, role: str) -> None:
    fill(inbox, ada, 1)
    (notification,) = inbox.listed(ada)
    stranger = new_id()
    reply = inbox.call("POST", f"/{notification['id']}/read", stranger, role=role)
    unknown = inbox.call("POST", f"/{new_id()}/read", stranger, role=role)
    assert (reply.status_code, reply.json["error_code"], reply.json["message"]) == (
        unknown.status_code,
        unknown.json["error_code"],
        unknown.json["message"],
    )
    assert reply.status_code == 404
    assert inbox.call("GET", "/list", stranger, role=role).json["data"] == []
    assert inbox.unread(ada) == 1


def test_what_is_no_id_names_nothing(inbox: InboxUnderTest, ada: str) -> None:
    assert inbox.call("POST", "/1%20OR%201=1/read", ada).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/list"), ("GET", "/unread_count"), ("POST", f"/{new_id()}/read"), ("POST", "/read_all")],
)
def test_nobody_reads_an_inbox_without_a_persons_token(inbox: InboxUnderTest, method: str, path: str) -> None:
    reply = inbox.app.test_client().open(f"/api/notifications{path}", method=method)
    assert (reply.status_code, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    as_service = inbox.call(method, path, "simulator-service", role="service", scope="bank:simulate bank:reset")
    assert as_service.status_code == 403


@pytest.mark.every_database
def test_an_inbox_keeps_its_newest_200(inbox: InboxUnderTest, ada: str) -> None:
    bob = new_id()
    fill(inbox, bob, 3)
    fill(inbox, ada, 150, first=10)
    fill(inbox, ada, TRIMMED_FROM - 151, first=1000)
    assert inbox.unread(ada) == TRIMMED_FROM - 1
    fill(inbox, ada, 150, first=1000 + TRIMMED_FROM)
    rows = inbox.listed(ada, "?limit=200")
    assert (len(rows), inbox.unread(ada)) == (200, 200)
    assert rows[0]["title"] == "You received 2.49 EUR"
    assert inbox.call("GET", "/list?limit=200", ada).json["next_cursor"] is None
    assert inbox.unread(bob) == 3


@pytest.mark.every_database
def test_declined_card_payments_push_no_other_message_out(inbox: InboxUnderTest, ada: str) -> None:
    fill(inbox, ada, 3)
    inbox.take_in("holds", [card_declined(number, ada) for number in range(1, 121)])
    kinds = Counter(row["type"] for row in inbox.listed(ada, "?limit=200"))
    assert kinds == {"money_received": 3, "card_payment_declined": KEPT_OF_DECLINED}


@pytest.mark.every_database
def test_no_other_message_pushes_out_what_is_said_of_a_log_in(inbox: InboxUnderTest, ada: str) -> None:
    inbox.take_in("users", [user_event(1, "password_changed", ada)])
    fill(inbox, ada, TRIMMED_FROM + 1)
    first = inbox.call("GET", "/list?limit=200", ada).json
    rest = inbox.listed(ada, f"?limit=200&cursor={first['next_cursor']}")
    kinds = Counter(row["type"] for row in first["data"] + rest)
    assert kinds == {"password_changed": 1, "money_received": KEPT_PER_PERSON}


@pytest.mark.parametrize(
    ("role", "scope"),
    [("customer", "bank:reset"), ("admin", "bank:reset"), ("service", "feed:read"), ("service", "bank:simulate")],
)
def test_only_a_service_that_may_empties_the_inbox(inbox: InboxUnderTest, ada: str, role: str, scope: str) -> None:
    fill(inbox, ada, 1)
    assert inbox.reset(scope, role).status_code == 403
    assert inbox.unread(ada) == 1


@pytest.mark.every_database
def test_a_reset_forgets_everything_and_the_journal_begins_anew(inbox: InboxUnderTest, ada: str) -> None:
    fill(inbox, ada, 3)
    inbox.take_in("users", [user_event(5, "password_changed", ada)])
    assert inbox.reset().status_code == 200
    assert inbox.listed(ada) == []
    assert {feed: inbox.consumer(feed).reader.position().position for feed in ("journal", "users")} == {
        "journal": 0,
        "users": 5,
    }
    fill(inbox, ada, 1)
    assert inbox.unread(ada) == 1


def test_a_bank_in_production_is_never_emptied(tmp_path: Path, ada: str) -> None:
    with open_inbox(tmp_path, is_production=True) as inbox:
        fill(inbox, ada, 1)
        reply = inbox.reset()
        assert (reply.status_code, reply.json["error_code"]) == (403, "NOT_A_SANDBOX")
        assert inbox.unread(ada) == 1


def test_openapi_shows_the_routes(inbox: InboxUnderTest) -> None:
    paths: dict[str, Any] = inbox.app.test_client().get("/openapi.json").json["paths"]
    own = (path for path in paths if path.startswith("/api/notifications"))
    assert sorted(path.removeprefix("/api/notifications") for path in own) == [
        "/list",
        "/mailbox",
        "/preferences",
        "/read_all",
        "/unread_count",
        "/{notification_id}/read",
    ]
