"""Faults at the gateway, with a ledger and a simulator of the test's: what the client sees, and what the ledger saw."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from gateway.faults.known_faults import LOOK_SECONDS
from gateway.settings import Settings
from shared.identifiers import new_id
from tests.bank_processes import wait_until
from tests.gateway_proxy import TRANSFER, Gateway, StartLedger, gateway
from tests.keys import SigningKeys
from tests.scripted_server import JSON_OK, Conversation, answering, scripted

HEADER = "X-Sandbank-Fault"
FAULT = {
    "id": "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42",
    "kind": "error",
    "path": "/api/transactions/*",
    "method": None,
    "probability": 1,
    "milliseconds": None,
    "status": None,
    "times": None,
    "user_id": None,
}


def json_reply(body: object) -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)


class Simulator:
    """Stands where the simulator stands: `faults` are those it keeps, `claims` how often a counted one happens."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self.claims = 0
        self.is_broken = False

    def answer(self, conversation: Conversation) -> None:
        while request := conversation.receive():
            if self.is_broken:
                return
            if b"/claim" in request.partition(b"\r\n")[0]:
                self.claims -= 1
                conversation.send(json_reply({"success": True, "data": {"claimed": self.claims >= 0}}))
            else:
                conversation.send(json_reply({"success": True, "data": self.faults}))


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    kept = Simulator()
    token = {"success": True, "data": {"access_token": "t", "expires_in": 900}}
    with scripted(kept.answer) as server, scripted(answering(json_reply(token))) as auth:
        monkeypatch.setenv("SIMULATOR_SERVICE_URL", server.url)
        monkeypatch.setenv("AUTH_SERVICE_URL", auth.url)
        yield kept


def let_go_wrong(front: Gateway, simulator: Simulator, *faults: dict[str, Any]) -> None:
    """Have these faults, as if they had been added through this gateway."""
    simulator.faults = [{**FAULT, **fault} for fault in faults]
    front.ask("POST", "/api/simulator/faults", body=b"{}")


@pytest.mark.parametrize(
    ("written", "status", "code"),
    [
        ("error", 503, "SERVICE_UNAVAILABLE"),
        ("error; status=500", 500, "INTERNAL_ERROR"),
        ("error; status=504", 504, "DEADLINE_EXCEEDED"),
        ("rate_limited; milliseconds=1500", 429, "RATE_LIMITED"),
    ],
)
def test_an_error_asked_for_is_answered_and_nothing_is_sent(
    stand_in: StartLedger, simulator: Simulator, written: str, status: int, code: str
) -> None:
    ledger = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, body = front.ask("POST", headers={HEADER: written}, body=b"{}")
    assert (reply.status, body["error_code"], reply.headers[HEADER]) == (status, code, written.partition(";")[0])
    assert body["request_id"] == reply.headers["X-Request-ID"]
    if status == 429:
        assert (reply.headers["Retry-After"], body["details"]["retry_after_seconds"]) == ("2", 2)
    assert ledger.requests == []


def test_502_is_a_page_and_no_json(stand_in: StartLedger, simulator: Simulator) -> None:
    ledger = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, _ = front.ask("POST", headers={HEADER: "error; status=502"}, body=b"{}")
    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html")
    assert b"<html>" in reply.data
    assert ledger.requests == []


def test_latency_keeps_a_request_no_longer_than_its_deadline(stand_in: StartLedger, simulator: Simulator) -> None:
    ledger = stand_in(answering(JSON_OK))
    with gateway() as front:
        kept, _ = front.ask("POST", headers={HEADER: "latency; milliseconds=50"}, body=b"{}")
        assert (kept.status, kept.headers[HEADER], len(ledger.requests)) == (200, "latency", 1)
    with gateway(Settings(deadline_seconds=1)) as front:
        reply, body = front.ask("POST", headers={HEADER: "latency; milliseconds=30000"}, body=b"{}")
    assert (reply.status, body["details"]["outcome"]) == (504, "not_done")
    assert len(ledger.requests) == 1


def test_the_header_reaches_no_service_and_a_wrong_one_is_refused(stand_in: StartLedger, simulator: Simulator) -> None:
    ledger = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, body = front.ask("POST", headers={HEADER: "fire"}, body=b"{}")
        assert (reply.status, body["error_code"]) == (422, "VALIDATION_ERROR")
        assert HEADER in body["details"]["fields"]
        assert front.ask("POST", headers={HEADER: "latency; milliseconds=1"}, body=b"{}")[0].status == 200
    assert len(ledger.requests) == 1
    assert b"fault" not in ledger.requests[0].lower()


def test_in_production_the_header_means_nothing(stand_in: StartLedger, simulator: Simulator) -> None:
    ledger = stand_in(answering(JSON_OK))
    with gateway(Settings(provokes_faults=False)) as front:
        simulator.faults = [FAULT]
        for written in ("error", "fire"):
            reply, _ = front.ask("POST", headers={HEADER: written}, body=b"{}")
            assert (reply.status, HEADER in reply.headers) == (200, False)
    assert len(ledger.requests) == 2
    assert all(b"fault" not in request.lower() for request in ledger.requests)


def test_a_fault_that_was_added_acts_from_the_next_request_on_and_is_gone_when_removed(
    stand_in: StartLedger, simulator: Simulator
) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        assert front.ask()[0].status == 200
        let_go_wrong(front, simulator, {"method": "POST"})
        assert front.ask("POST", body=b"{}")[0].status == 503
        assert front.ask()[0].status == 200
        assert front.ask("POST", "/api/simulator/faults", body=b"{}")[0].status == 200, "faults can always be removed"
        let_go_wrong(front, simulator)
        assert front.ask("POST", body=b"{}")[0].status == 200


def test_the_first_fault_that_is_about_a_request_acts_and_a_header_comes_before_it(
    stand_in: StartLedger, simulator: Simulator
) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        let_go_wrong(front, simulator, {"status": 500}, {"status": 504})
        assert front.ask("POST", body=b"{}")[0].status == 500
        assert front.ask("POST", headers={HEADER: "rate_limited"}, body=b"{}")[0].status == 429


def test_probability_is_of_the_requests(stand_in: StartLedger, simulator: Simulator) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        let_go_wrong(front, simulator, {"probability": 0.5})
        statuses = [front.ask()[0].status for _ in range(120)]
    assert set(statuses) == {200, 503}
    assert 20 < statuses.count(503) < 100


def test_what_is_counted_is_claimed_each_time(stand_in: StartLedger, simulator: Simulator) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        simulator.claims = 2
        let_go_wrong(front, simulator, {"times": 2})
        assert [front.ask()[0].status for _ in range(4)] == [503, 503, 200, 200]


def test_another_gateway_of_the_same_bank_knows_of_it_soon(stand_in: StartLedger, simulator: Simulator) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front, gateway() as other:
        assert other.ask()[0].status == 200
        let_go_wrong(front, simulator, {"status": 500})
        wait_until(lambda: other.ask()[0].status == 500, 10 * LOOK_SECONDS)
        simulator.faults = []
        wait_until(lambda: other.ask()[0].status == 200, 10 * LOOK_SECONDS)


def test_while_the_simulator_is_away_nothing_goes_wrong(stand_in: StartLedger, simulator: Simulator) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        let_go_wrong(front, simulator, {"status": 500})
        assert front.ask()[0].status == 500
        simulator.is_broken = True
        front.ask("POST", "/api/simulator/faults", body=b"{}")
        assert front.ask()[0].status == 200


def counting(numbers: Iterator[int], conversation: Conversation) -> None:
    """Answers each request with the next number."""
    while conversation.receive():
        conversation.send(json_reply({"success": True, "data": next(numbers)}))


def test_a_stale_read_is_what_the_same_person_was_told_a_moment_ago(
    stand_in: StartLedger, simulator: Simulator
) -> None:
    numbers = count(1)
    stand_in(lambda conversation: counting(numbers, conversation))
    ada, bob = {"Authorization": "Bearer ada"}, {"Authorization": "Bearer bob"}
    with gateway() as front:
        let_go_wrong(front, simulator, {"kind": "stale_read", "milliseconds": 30_000})
        fresh, body = front.ask(headers=ada)
        assert (body["data"], HEADER in fresh.headers) == (1, False)
        old, body = front.ask(headers=ada)
        assert (body["data"], old.headers[HEADER]) == (1, "stale_read")
        assert old.headers["X-Request-ID"] != fresh.headers["X-Request-ID"]
        assert front.ask(headers=bob)[1]["data"] == 3, "another's answer is nobody else's"
        assert front.ask("POST", headers=ada, body=b"{}")[1]["data"] == 4, "what is written is never stale"
        assert front.ask(path=TRANSFER + "?a=1", headers=ada)[1]["data"] == 5
        let_go_wrong(front, simulator, {"kind": "stale_read", "milliseconds": 1})
        assert front.ask(headers=ada)[1]["data"] == 6, "too old"


def test_an_old_answer_is_for_whoever_would_be_told_the_new_one(stand_in: StartLedger, simulator: Simulator) -> None:
    """A session ends: what its token was told before, it is told no more."""
    refusal = b"HTTP/1.1 401 UNAUTHORIZED\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    replies = [JSON_OK]

    def answer(conversation: Conversation) -> None:
        while conversation.receive():
            conversation.send(replies[0])

    ledger = stand_in(answer)
    headers = {"Authorization": "Bearer ada", HEADER: "stale_read; milliseconds=30000"}
    with gateway() as front:
        assert front.ask(headers=headers)[0].status == 200
        assert front.ask(headers=headers)[0].headers[HEADER] == "stale_read"
        replies[0] = refusal
        refused, _ = front.ask(headers=headers)
        assert (refused.status, HEADER in refused.headers) == (401, False)
    assert len(ledger.requests) == 3


class AuthKeys(SigningKeys):
    """Those that auth publishes, with what it has revoked, unless it is broken."""

    is_broken = False


@pytest.fixture
def auth_keys(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthKeys]:
    """With an auth of its own in the place of the one that came with the simulator."""
    keys = AuthKeys()

    def answer(conversation: Conversation) -> None:
        while (request := conversation.receive()) and not keys.is_broken:
            told: object = {"success": True, "data": {"access_token": "t", "expires_in": 900}}
            if b"/api/auth/jwks" in request:
                told = {"keys": keys.key_set()}
            elif found := re.search(rb"/internal/revocations\?after=(\d+)", request):
                told = {"success": True, "data": keys.revocations(int(found[1]))}
            conversation.send(json_reply(told))

    with scripted(answer) as auth:
        monkeypatch.setenv("AUTH_SERVICE_URL", auth.url)
        yield keys


def unsigned(claims: bytes) -> dict[str, str]:
    return {"Authorization": f"Bearer a.{urlsafe_b64encode(claims).decode()}.c"}


def test_a_fault_about_a_user_is_about_whoever_has_a_token_of_theirs_that_holds(
    stand_in: StartLedger, simulator: Simulator, auth_keys: AuthKeys
) -> None:
    stand_in(answering(JSON_OK))
    user, session, keys = new_id(), new_id(), auth_keys
    theirs = keys.headers(user, session_id=session)
    others = {
        "another's": keys.headers(new_id()),
        "none": {},
        "of a scheme that is not bearer": {"Authorization": "Basic " + keys.token(user)},
        "expired": keys.headers(user, life_seconds=-100),
        "signed by somebody else": SigningKeys().headers(user),
        "not signed": unsigned(json.dumps({"sub": user}).encode()),
        "a claim that is no object": unsigned(b"[]"),
        "bottomless": unsigned(b"[" * 5900),
        "no base64": {"Authorization": "Bearer a.!.c"},
    }
    with gateway() as front:
        let_go_wrong(front, simulator, {"user_id": user})
        assert front.ask(headers=theirs)[0].status == 503
        answered = {name: front.ask(headers=headers)[0].status for name, headers in others.items()}
        assert answered == dict.fromkeys(others, 200), "the service is asked, which refuses them"
        auth_keys.revoked.append({"position": 1, "session_id": session})
        wait_until(lambda: front.ask(headers=theirs)[0].status == 200, 10)
        assert front.ask(headers=keys.headers(user))[0].status == 503


def test_before_auth_has_told_its_keys_a_fault_about_a_user_is_about_nobody(
    stand_in: StartLedger, simulator: Simulator, auth_keys: AuthKeys
) -> None:
    stand_in(answering(JSON_OK))
    user = new_id()
    with gateway() as front:
        let_go_wrong(front, simulator, {"user_id": user})
        auth_keys.is_broken = True
        assert front.ask(headers=auth_keys.headers(user))[0].status == 200
        auth_keys.is_broken = False
        wait_until(lambda: front.ask(headers=auth_keys.headers(user))[0].status == 503, 10)


def test_a_fault_is_asked_for_within_the_rate_limit_alone(stand_in: StartLedger, simulator: Simulator) -> None:
    ledger = stand_in(answering(JSON_OK))
    with gateway(Settings(api_limit="3/minute")) as front:
        asked = [front.ask("POST", headers={HEADER: "error; status=500"}, body=b"{}")[0] for _ in range(5)]
    assert [reply.status for reply in asked] == [500, 500, 500, 429, 429]
    assert HEADER not in asked[-1].headers
    assert ledger.requests == []


def test_no_more_than_a_quarter_of_the_threads_waits_for_latency(
    stand_in: StartLedger, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header needs no log-in: else a handful of strangers would have the whole gateway."""
    stand_in(answering(JSON_OK))
    monkeypatch.setenv("GATEWAY_THREADS", "8")
    with gateway() as front, ThreadPoolExecutor(8) as clients:
        headers = {HEADER: "latency; milliseconds=3000"}
        replies = list(clients.map(lambda _: front.ask("POST", headers=headers, body=b"{}")[0], range(8)))
        assert {reply.status for reply in replies} == {200}
        assert sum(HEADER in reply.headers for reply in replies) == 2
        assert HEADER in front.ask("POST", headers={HEADER: "latency; milliseconds=1"}, body=b"{}")[0].headers


def test_a_fault_that_is_used_up_is_claimed_once_more_and_never_again(
    stand_in: StartLedger, simulator: Simulator
) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        simulator.claims = 1
        let_go_wrong(front, simulator, {"times": 1})
        assert [front.ask()[0].status for _ in range(6)] == [503, 200, 200, 200, 200, 200]
        assert simulator.claims == -1
