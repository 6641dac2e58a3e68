"""The proxy against real TCP servers: what passes, what does not, and that nothing is ever sent twice."""

import json
import socket
import threading
import time

import pytest
import urllib3

from gateway.proxy.host_names import HostNames
from gateway.proxy.trusted_proxies import TrustedProxies
from gateway.settings import Settings
from shared.http.errors import envelope
from shared.network.http_client import away
from shared.services import TRANSACTION
from tests.gateway_proxy import TRANSFER, StartLedger, gateway
from tests.scripted_server import JSON_OK, Conversation, ScriptedServer, answering, scripted


def sent(server: ScriptedServer, position: int = -1) -> tuple[str, dict[str, str], bytes]:
    """A request as the service saw it: its first line, headers by lower-case name, body."""
    head, _, body = server.requests[position].partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return first, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body


def test_a_request_passes_unchanged_and_so_does_its_reply(stand_in: StartLedger) -> None:
    created = (
        b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-Odd: 1\r\nContent-Length: 9\r\n\r\n{"a": 1} '
    )
    server = stand_in(answering(created))
    with gateway() as front:
        reply, _ = front.ask(
            "POST",
            TRANSFER + "?a=b%20c&d",
            body=b'{"x" :1}',
            headers={"Idempotency-Key": "k", "Authorization": "Bearer t"},
        )
    first, headers, body = sent(server)
    assert first == f"POST {TRANSFER}?a=b%20c&d HTTP/1.1"
    assert (headers["idempotency-key"], headers["authorization"], body) == ("k", "Bearer t", b'{"x" :1}')
    assert headers["host"] == server.url.removeprefix("http://")
    assert (reply.status, reply.reason, reply.headers["X-Odd"], reply.data) == (201, "Created", "1", b'{"a": 1} ')


def test_the_request_id_and_a_deadline_travel_with_the_request(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, _ = front.ask(headers={"X-Request-ID": "mine-1"})
        assert reply.headers["X-Request-ID"] == "mine-1"
        assert sent(server)[1]["x-request-id"] == "mine-1"
        assert 25_000 < int(sent(server)[1]["x-request-timeout-ms"]) <= 30_000
        made, _ = front.ask(headers={"X-Request-ID": "not an id\x80"})
        assert len(made.headers["X-Request-ID"]) == 36
        assert sent(server)[1]["x-request-id"] == made.headers["X-Request-ID"]
        front.ask(headers={"X-Request-Timeout-Ms": "5000"})
        assert 4_000 < int(sent(server)[1]["x-request-timeout-ms"]) <= 5_000
        late, body = front.ask(headers={"X-Request-Timeout-Ms": "0"})
        assert (late.status, body["error_code"]) == (504, "DEADLINE_EXCEEDED")
        for no_number in ("-1", "1e3", "x", "\u0665", "9" * 30):
            front.ask(headers={"X-Request-Timeout-Ms": no_number.encode()})
            assert int(sent(server)[1]["x-request-timeout-ms"]) > 25_000, no_number


def test_spoofed_headers_do_not_reach_a_service(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    spoofed = (
        "X-User-Id",
        "X-User-Role",
        "X-Role",
        "X-Forwarded-For",
        "X-Client-Address",
        "X-Service-Authorization",
        "Cookie",
    )
    with gateway() as front:
        front.ask(headers=dict.fromkeys(spoofed, "1"))
    assert not set(sent(server)[1]) & {name.lower() for name in spoofed}


def test_connections_are_kept_and_used_again(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway() as front:
        for _ in range(5):
            assert front.ask()[0].status == 200
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_the_service_closed_meanwhile_is_not_used(stand_in: StartLedger) -> None:
    def one_each(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(JSON_OK)

    server = stand_in(one_each)
    with gateway() as front:
        for _ in range(3):
            assert front.ask("POST", body=b"{}")[0].status == 200
            time.sleep(0.05)
    assert (server.connections, len(server.requests)) == (3, 3)


def answers_then_drops(conversation: Conversation) -> None:
    """Answers one request of a connection, takes the second and hangs up without a word."""
    conversation.receive()
    conversation.send(JSON_OK)
    conversation.receive()


def test_a_post_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown(stand_in: StartLedger) -> None:
    server = stand_in(answers_then_drops)
    with gateway() as front:
        front.ask("POST", body=b"{}")
        reply, body = front.ask("POST", body=b"{}", headers={"Idempotency-Key": "k"})
    assert (reply.status, body["error_code"], body["details"]["outcome"]) == (503, "SERVICE_UNAVAILABLE", "unknown")
    assert "same Idempotency-Key" in body["message"]
    assert reply.headers["Retry-After"] == "1"
    assert (server.connections, len(server.requests)) == (1, 2)


def test_a_read_whose_answer_is_lost_on_a_kept_connection_is_asked_again(stand_in: StartLedger) -> None:
    server = stand_in(answers_then_drops)
    with gateway() as front:
        assert front.ask()[0].status == 200
        assert front.ask()[0].status == 200
    assert (server.connections, len(server.requests)) == (2, 3)


def test_a_service_that_resets_the_connection_is_not_asked_again(stand_in: StartLedger) -> None:
    def reset(conversation: Conversation) -> None:
        conversation.receive()
        conversation.reset()

    server = stand_in(reset)
    with gateway() as front:
        assert front.ask("POST", body=b"{}")[0].status == 503
        assert front.ask()[0].status == 503
    assert len(server.requests) == 2


def test_a_service_that_does_not_answer_in_time_is_a_504_and_saw_one_post(stand_in: StartLedger) -> None:
    def silent(conversation: Conversation) -> None:
        conversation.receive()
        conversation.wait_for_client()

    server = stand_in(silent)
    with gateway(Settings(deadline_seconds=1)) as front:
        started = time.monotonic()
        reply, body = front.ask("POST", body=b"{}")
        took = time.monotonic() - started
    assert (reply.status, body["error_code"], body["details"]) == (504, "DEADLINE_EXCEEDED", {"outcome": "unknown"})
    assert 0.9 < took < 3
    assert len(server.requests) == 1


def test_the_proof_may_take_as_long_as_a_large_bank_needs(
    stand_in: StartLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = stand_in(answering(JSON_OK))
    monkeypatch.setenv("REPORTING_SERVICE_URL", server.url)
    with gateway(Settings(deadline_seconds=1)) as front:
        front.ask(path="/api/reports/proof?x=1")
        assert 595_000 < int(sent(server)[1]["x-request-timeout-ms"]) <= 600_000
        front.ask(path="/api/reports/system")
        assert int(sent(server)[1]["x-request-timeout-ms"]) <= 1_000


def test_a_service_that_is_away_is_a_503_with_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("TRANSACTION_SERVICE_URL", f"http://127.0.0.1:{port}")
    with gateway() as front:
        reply, body = front.ask("POST", body=b"{}", headers={"X-Request-ID": "r-1"})
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert body == envelope(away(TRANSACTION), "r-1")
    assert body["details"] == {"service": "transaction-service", "retry_after_seconds": 1}


@pytest.mark.parametrize(
    "nonsense", [b"SSH-2.0-OpenSSH_9\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"\x00" * 70_000]
)
def test_a_service_that_speaks_nonsense_is_a_503(stand_in: StartLedger, nonsense: bytes) -> None:
    def speak(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(nonsense)

    stand_in(speak)
    with gateway() as front:
        reply, body = front.ask("POST", body=b"{}")
    assert (reply.status, body["error_code"]) == (503, "SERVICE_UNAVAILABLE")


def test_large_bodies_stream_both_ways(stand_in: StartLedger) -> None:
    payload = bytes(range(256)) * 12_000  # 3 MB

    def echo(conversation: Conversation) -> None:
        while request := conversation.receive():
            body = request.partition(b"\r\n\r\n")[2]
            conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for at in range(0, len(body), 100_000):
                piece = body[at : at + 100_000]
                conversation.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            conversation.send(b"0\r\n\r\n")

    server = stand_in(echo)
    with gateway() as front:
        for _ in range(2):
            assert front.ask("POST", body=payload)[0].data == payload
    assert server.connections == 1


def test_the_first_bytes_of_a_streamed_reply_come_before_its_last(stand_in: StartLedger) -> None:
    seen = threading.Event()

    def slow(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        seen.wait(10)
        conversation.send(b"4\r\nlast\r\n0\r\n\r\n")

    stand_in(slow)
    with gateway() as front:
        reply = urllib3.PoolManager(retries=False).request(
            "GET", front.url + TRANSFER, preload_content=False, timeout=10
        )
        assert reply.read(5) == b"first"
        seen.set()
        assert reply.read() == b"last"
        reply.release_conn()


def test_a_streamed_reply_that_breaks_off_never_looks_complete(stand_in: StartLedger) -> None:
    def broken(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000)

    stand_in(broken)
    with gateway() as front, pytest.raises(urllib3.exceptions.HTTPError):
        front.ask()


def test_a_body_beyond_four_mebibytes_is_a_413_that_no_service_sees(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, body = front.ask("POST", headers={"Content-Length": str(4 * 1024 * 1024 + 1)})
    assert (reply.status, body["error_code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert server.requests == []


def test_head_is_answered_without_a_body(stand_in: StartLedger) -> None:
    server = stand_in(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"))
    with gateway() as front:
        for _ in range(2):
            reply, _ = front.ask("HEAD")
            assert (reply.status, reply.headers["Content-Length"], reply.data) == (200, "99", b"")
        assert front.ask("HEAD", "/api/unknown")[0].status == 404
    assert server.connections == 1


def test_early_hints_and_continue_are_skipped(stand_in: StartLedger) -> None:
    stand_in(answering(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + JSON_OK))
    with gateway() as front:
        assert front.ask()[1] == {"success": True}


@pytest.mark.parametrize(
    "path", ["/api/unknown/x", "/api", "/api/internal/journal", "/api/transactions/..%2f..%2finternal"]
)
def test_an_unknown_path_is_a_404_in_the_envelope(stand_in: StartLedger, path: str) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, body = front.ask("POST", path, headers={"X-Request-ID": "r-2"})
    assert (reply.status, body["success"], body["error_code"], body["request_id"]) == (404, False, "NOT_FOUND", "r-2")
    assert server.requests == []


@pytest.mark.parametrize(
    "target", ["/api/../internal/journal", "/api/transactions/../../internal/journal", "//internal/journal"]
)
def test_no_way_of_writing_a_path_leads_to_what_is_internal(stand_in: StartLedger, target: str) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway() as front:
        host, _, port = front.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 5) as raw:
            raw.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert b" 404 " in raw.recv(100)
    assert server.requests == []


def test_a_whole_address_is_taken_for_its_path(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway(Settings(hosts=HostNames(["bank.example"]))) as front:
        assert status_of(front.url, f"http://bank.example:5000{TRANSFER}?a=b%20c") == 200
        assert status_of(front.url, f"HTTP://BANK.example{TRANSFER}") == 200
        assert [sent(server, position)[0] for position in (0, 1)] == [
            f"GET {TRANSFER}?a=b%20c HTTP/1.1",
            f"GET {TRANSFER} HTTP/1.1",
        ]
        assert sent(server)[1]["host"] == server.url.removeprefix("http://")
        for elsewhere in ("http://bank.example/internal/journal", "http://bank.example/api/../internal/journal"):
            assert status_of(front.url, elsewhere) == 404
        assert status_of(front.url, f"http://other.example{TRANSFER}") == 400
        assert status_of(front.url, f"http://ada@bank.example{TRANSFER}") in (400, 404)
    assert len(server.requests) == 2


def status_of(url: str, target: str) -> int:
    """The status of a GET whose request line says this."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 5) as raw:
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: bank.example\r\nConnection: close\r\n\r\n".encode())
        return int(raw.recv(100).split()[1])


def test_an_odd_method_is_refused(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, body = front.ask("BREW")
    assert (reply.status, body["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in reply.headers["Allow"]
    assert server.requests == []


def test_too_many_requests_are_told_when_to_come_again(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway(Settings(api_limit="2/minute")) as front:
        answers = [front.ask() for _ in range(3)]
    assert [reply.status for reply, _ in answers] == [200, 200, 429]
    assert 1 <= int(answers[2][0].headers["Retry-After"]) <= 61
    assert len(server.requests) == 2


def test_auth_alone_hears_the_clients_address_with_the_gateways_own_token(
    stand_in: StartLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = json.dumps({"success": True, "data": {"access_token": "own", "expires_in": 900}}).encode()
    granted = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(token), token)

    def auth(conversation: Conversation) -> None:
        while request := conversation.receive():
            conversation.send(granted if request.startswith(b"POST /api/auth/token") else JSON_OK)

    other = stand_in(answering(JSON_OK))
    with scripted(auth) as server:
        monkeypatch.setenv("AUTH_SERVICE_URL", server.url)
        with gateway() as front:
            front.ask("POST", "/api/auth/login", body=b"{}")
            front.ask("POST", "/api/auth/login", body=b"{}")
            front.ask()
        assert [request.split(b" ", 2)[1] for request in server.requests] == [
            b"/api/auth/token",
            b"/api/auth/login",
            b"/api/auth/login",
        ]
        headers = sent(server)[1]
        assert (headers["x-client-address"], headers["x-service-authorization"]) == ("127.0.0.1", "Bearer own")
    assert not {"x-client-address", "x-service-authorization"} & set(sent(other)[1])


def test_tls_in_front_is_told_to_browsers_only_when_a_trusted_proxy_says_so(stand_in: StartLedger) -> None:
    stand_in(answering(JSON_OK))
    https = {"X-Forwarded-Proto": "https"}
    with gateway() as front:
        assert "Strict-Transport-Security" not in front.ask(headers=https)[0].headers
    with gateway(Settings(trusted_proxies=TrustedProxies(["127.0.0.1"]))) as front:
        assert "Strict-Transport-Security" in front.ask(headers=https)[0].headers
        assert "Strict-Transport-Security" not in front.ask()[0].headers
