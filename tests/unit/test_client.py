"""The typed client: renewal in silence, pages to their end, and "unknown" never taken for "failed"."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from auth_service.payloads import LoginResult
from sandbank import (
    Client,
    HttpTransport,
    NoReplyError,
    NotLoggedInError,
    NotSentError,
    OutcomeUnknownError,
    Patience,
    RefusedError,
    Reply,
    Request,
    ServiceCredentials,
    UnavailableError,
    UserCredentials,
)
from tests import canned
from tests.canned import refusal

Step = Reply | Exception | Callable[[Request], Reply]


class Script:
    """A transport that gives these replies in turn, the last one for ever; `sent` is what it was asked."""

    def __init__(self, *steps: Step) -> None:
        self.left = list(steps)
        self.sent: list[Request] = []

    def send(self, request: Request, seconds: float) -> Reply:
        assert seconds > 0
        self.sent.append(request)
        step = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else step

    @property
    def tokens(self) -> list[str | None]:
        return [request.headers.get("Authorization") for request in self.sent]

    @property
    def keys(self) -> list[str | None]:
        return [request.headers.get("Idempotency-Key") for request in self.sent]


def ok(data: Any, **more: Any) -> Reply:
    return Reply(200, json.dumps({"success": True, "data": data, **more}).encode())


def log_in(access: str, refresh: str = "refresh-1", expires_in: int = 900) -> dict[str, Any]:
    facts = {"access_token": access, "refresh_token": refresh, "expires_in": expires_in}
    return canned.example(LoginResult, **facts)


def somebody(*steps: Step, expires_in: int = 900, **options: Any) -> tuple[Client, Script]:
    """A client of ada, who has logged in already."""
    script = Script(ok(log_in("access-1", expires_in=expires_in)), *steps)
    client = Client(transport=script, **options)
    client.log_in("ada", "a long password")
    script.sent.clear()
    return client, script


def service(*steps: Step, **options: Any) -> tuple[Client, Script]:
    script = Script(*steps)
    return Client(transport=script, credentials=ServiceCredentials(lambda: "service"), **options), script


NO_REPLY = NoReplyError("http://bank.test", is_timeout=True)
BROKE_OFF = NoReplyError("http://bank.test")
NOT_SENT = NotSentError("http://bank.test")


def test_a_list_is_read_to_its_end_however_many_pages_it_has() -> None:
    pages = [ok([{"id": n}], next_cursor=f"c{n}") for n in range(3)]
    client, script = somebody(*pages, ok([{"id": 3}], next_cursor=None))
    assert [one["id"] for one in client.accounts.iterate()] == [0, 1, 2, 3]
    assert [request.path.partition("?")[2] for request in script.sent] == [
        "limit=200", "cursor=c0&limit=200", "cursor=c1&limit=200", "cursor=c2&limit=200",
    ]  # fmt: skip


def test_what_came_after_a_row_is_read_on_by_cursor_alone() -> None:
    client, script = somebody(ok([{"id": 1}], next_cursor="c1"), ok([{"id": 2}], next_cursor=None))
    assert [one["id"] for one in client.transactions.iterate(after="t")] == [1, 2]
    queries = [request.path.partition("?")[2] for request in script.sent]
    assert queries == ["after=t&limit=200", "cursor=c1&limit=200"]


def test_a_limit_ends_the_list_and_sizes_its_pages() -> None:
    def page(request: Request) -> Reply:
        size = int(request.path.rpartition("limit=")[2])
        return ok([{"id": n} for n in range(size)], next_cursor="more")

    client, script = somebody(page)
    assert len(list(client.transactions.iterate(limit=250))) == 250
    assert [request.path.rpartition("=")[2] for request in script.sent] == ["200", "50"]


def test_rows_are_fetched_only_as_they_are_used() -> None:
    client, script = somebody(ok([{"id": 1}], next_cursor="more"))
    rows: Iterator[Any] = client.transactions.iterate()
    next(rows)
    assert len(script.sent) == 1


def test_what_is_none_is_left_out_of_a_query_and_from_keeps_its_name() -> None:
    client, script = somebody(ok([]))
    client.transactions.list(q="a b", from_="2026-11-01", to=None)
    assert script.sent[0].path == "/api/transactions/list?q=a+b&from=2026-11-01"


def test_a_token_about_to_expire_is_renewed_before_the_request() -> None:
    client, script = somebody(ok(log_in("access-2")), ok({}), expires_in=10)
    client.auth.profile()
    assert [request.path for request in script.sent] == ["/api/auth/refresh", "/api/auth/profile"]
    assert script.tokens == [None, "Bearer access-2"]


def test_a_token_that_expired_early_is_renewed_and_the_request_made_again_under_the_same_key() -> None:
    client, script = somebody(refusal(401, "TOKEN_EXPIRED"), ok(log_in("access-2")), ok({"id": "t"}))
    client.transactions.deposit("a", "1.00")
    assert script.tokens == ["Bearer access-1", None, "Bearer access-2"]
    assert script.keys[0] is not None
    assert script.keys[0] == script.keys[2]


def test_a_session_that_has_ended_is_forgotten_and_said() -> None:
    client, _ = somebody(refusal(401, "UNAUTHENTICATED"))
    with pytest.raises(NotLoggedInError):
        client.auth.profile()
    assert isinstance(client.credentials, UserCredentials)
    assert client.credentials.store.load() is None


def test_a_refresh_that_the_bank_does_not_answer_ends_no_session() -> None:
    client, _ = somebody(NOT_SENT, expires_in=0)
    with pytest.raises(UnavailableError):
        client.auth.profile()
    assert isinstance(client.credentials, UserCredentials)
    assert client.credentials.store.load() is not None


def test_a_wrong_password_does_not_end_the_session_there_is() -> None:
    client, _ = somebody(refusal(401, "UNAUTHENTICATED"))
    with pytest.raises(NotLoggedInError):
        client.log_in("ada", "wrong")
    assert isinstance(client.credentials, UserCredentials)
    assert client.credentials.store.load() is not None


@pytest.mark.parametrize(
    "step",
    [
        NO_REPLY, BROKE_OFF, refusal(504, "DEADLINE_EXCEEDED"), refusal(500, "INTERNAL_ERROR"), Reply(200, b"<html>"),
        refusal(503, "SERVICE_UNAVAILABLE", outcome="unknown"), Reply(502, b""),
    ],
    ids=["silence", "broken off", "504", "500", "nonsense", "503 that may have been done", "502"],
)  # fmt: skip
def test_money_without_a_clear_answer_is_unknown_and_repeated_under_the_same_key(step: Step) -> None:
    client, script = somebody(step, ok({"id": "t"}))
    with pytest.raises(OutcomeUnknownError) as caught:
        client.transactions.transfer("a", "1.00", to_account_id="b")
    assert len(script.sent) == 1
    assert caught.value.idempotency_key == script.keys[0]
    assert caught.value.retry().data == {"id": "t"}
    assert script.keys[0] == script.keys[1]
    assert script.sent[0].body == script.sent[1].body


def test_what_has_no_key_is_not_repeated_when_its_outcome_is_unknown() -> None:
    client, script = service(NO_REPLY, patience=Patience(5, pause=lambda _: None))
    with pytest.raises(OutcomeUnknownError) as caught:
        client.post("/api/auth/users", {"username": "ada"})
    assert not caught.value.is_repeatable
    with pytest.raises(ValueError, match="twice"):
        caught.value.retry()
    assert len(script.sent) == 1


def test_each_movement_has_a_key_of_its_own() -> None:
    client, script = somebody(ok({}))
    for _ in range(3):
        client.transactions.withdraw("a", "1.00")
    assert len(set(script.keys)) == 3


def test_a_bank_that_is_not_there_has_done_nothing() -> None:
    client, _ = somebody(NOT_SENT)
    with pytest.raises(UnavailableError, match=r"Nothing answers at http://bank.test"):
        client.transactions.deposit("a", "1.00")


def test_a_read_over_a_connection_that_broke_off_is_tried_once_more() -> None:
    client, script = somebody(BROKE_OFF, ok([]))
    client.accounts.list()
    assert len(script.sent) == 2


def test_a_read_that_ran_out_of_time_is_not_tried_again() -> None:
    client, script = somebody(NO_REPLY)
    with pytest.raises(UnavailableError):
        client.accounts.list()
    assert len(script.sent) == 1


def test_a_refusal_carries_all_that_the_bank_said() -> None:
    client, _ = somebody(refusal(429, "RATE_LIMITED", {"retry-after": "7"}, fields={"amount": "is too much"}))
    with pytest.raises(RefusedError) as caught:
        client.transactions.deposit("a", "1.00")
    error = caught.value
    assert (error.code, error.status, error.message, error.request_id) == ("RATE_LIMITED", 429, "No.", "r-1")
    assert error.retry_after_seconds == 7
    assert error.fields == {"amount": "is too much"}
    assert error.body["error_code"] == "RATE_LIMITED"


def test_patience_asks_again_until_the_answer_is_clear() -> None:
    pauses: list[float] = []
    client, script = service(
        NOT_SENT, NO_REPLY, refusal(429, "RATE_LIMITED", {"retry-after": "3"}), refusal(503, "SERVICE_UNAVAILABLE"),
        ok({"id": "t"}), patience=Patience(60, pause=pauses.append),
    )  # fmt: skip
    assert client.transactions.deposit("a", "1.00").data == {"id": "t"}
    assert len(set(script.keys)) == 1
    assert pauses == [0.05, 0.1, 3, 0.4]


def test_patience_runs_out() -> None:
    client, script = service(refusal(503, "SERVICE_UNAVAILABLE"), patience=Patience(0.05, pause=time.sleep))
    with pytest.raises(UnavailableError):
        client.accounts.list()
    assert len(script.sent) > 1


def test_patience_does_not_argue_with_a_clear_no() -> None:
    client, script = service(refusal(400, "INSUFFICIENT_FUNDS"), patience=Patience(60))
    with pytest.raises(RefusedError):
        client.transactions.deposit("a", "1.00")
    assert len(script.sent) == 1


def test_a_log_out_keeps_nobody_logged_in_although_the_bank_is_away() -> None:
    client, _ = somebody(NOT_SENT)
    with pytest.raises(UnavailableError):
        client.log_out()
    assert isinstance(client.credentials, UserCredentials)
    assert client.credentials.store.load() is None


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    client, script = somebody(ok({}))
    client.accounts.details("../list?limit=1")
    assert script.sent[0].path == "/api/accounts/details/..%2Flist%3Flimit%3D1"


@pytest.mark.parametrize("url", ["", "127.0.0.1:5000", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a bank"):
        HttpTransport(url)
