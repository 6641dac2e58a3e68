"""A webhook's address leads to the internet or nowhere: no request of the bank's reaches an inner network (51)."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from notification_service.webhooks import sending
from notification_service.webhooks.sending import MAX_ANSWER_BYTES, post
from notification_service.webhooks.targets import TargetError, TargetRules
from shared.identifiers import new_id
from tests.certificates import certificate_of
from tests.inboxes import open_inbox
from tests.receivers import receiving

PRODUCTION = TargetRules(is_production=True)
DEVELOPMENT = TargetRules()
LOOPBACK = ("127.0.0.1", "127.8.9.10", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "localhost",
            "LOCALHOST.", "bank.localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]")  # fmt: skip
INNER = ("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0", "224.0.0.1",  # noqa: S104
         "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "167772161", "0xa.1", "012.0.0.1", "10.1",
         "[::]", "[fe80::1]", "[fc00::1]", "[fd12::1]", "[ff02::1]", "[fec0::1]", "[2001:db8::1]", "[100::1]",
         "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::10.0.0.1]", "[64:ff9b::169.254.169.254]", "[2002:a00:1::]",
         "[2001:0:0:0:0:0:f5ff:fffe]", "192.0.0.8", "192.88.99.1", "[3fff::1]", "[5f00::1]", "[2001:30::1]",
         "[64:ff9b:1::a00:1]", "[2606:2800::5efe:a00:1]", "[2606:2800::200:5efe:10.0.0.1]")  # fmt: skip
MALFORMED = ("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/", "example.org",
             "https://", "https:///x", "https://user@example.org/", "https://user:pw@example.org/",
             "https://example.org/#a", "https://example.org:0/", "https://example.org:99999/", "https://exa mple.org/",
             "https://example.org/\r\nX-Evil: 1", "https://example.org\\@10.0.0.1/", "https://bänk.example/",
             "https://example.org/\x00", "https://[::1/", "http://example.org")  # fmt: skip


@pytest.mark.parametrize("host", [*LOOPBACK, *INNER])
def test_an_inner_address_is_refused_however_it_is_written(host: str) -> None:
    for rules in (PRODUCTION, DEVELOPMENT):
        if rules is PRODUCTION or host in INNER:
            with pytest.raises(TargetError, match="inner network"):
                rules.read(f"https://{host}:8443/hook")
        else:
            rules.read(f"https://{host}:8443/hook")


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(TargetError):
        PRODUCTION.read(url)


@pytest.mark.parametrize("url", ["https://example.org", "https://93.184.216.34:8443/a?b=c", "https://[2606:2800::1]/"])
def test_an_address_of_the_internet_is_taken(url: str) -> None:
    assert PRODUCTION.read(url).is_secure


def test_the_api_refuses_them_field_by_field(tmp_path: Path) -> None:
    with open_inbox(tmp_path, is_production=True) as inbox:
        user = new_id()
        made = inbox.hook("POST", "", user, {"url": "https://example.org/", "events": ["*"]}).json["data"]
        for url in ("https://169.254.169.254/latest/meta-data", "https://localhost/", "http://example.org/"):
            for method, path, body in (
                ("POST", "", {"url": url, "events": ["*"]}),
                ("PUT", f"/{made['id']}", {"url": url}),
            ):
                reply = inbox.hook(method, path, user, body)
                assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["url"]), url


@contextmanager
def named(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> Iterator[tuple[list[str], list[Any]]]:
    """Name servers that give these answers one after the other, the last for ever; who was asked, and connected."""
    asked: list[str] = []
    connected: list[Any] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in found]

    def connect(address: Any, **_: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", resolve)
        patched.setattr(socket, "create_connection", connect)
        yield asked, connected


@pytest.mark.parametrize(
    "answer",
    [("10.0.0.5",), ("127.0.0.1",), ("::1",), ("fd00::1",), ("169.254.169.254",), ("93.184.216.34", "10.0.0.5"),
     ("::ffff:10.0.0.5",), ("fe80::1%eth0",)],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, answer: tuple[str, ...]) -> None:
    with named(monkeypatch, answer) as (_, connected):
        outcome = post(PRODUCTION.read("https://evil.example/"), PRODUCTION, {}, b"{}")
    assert "inner network" in outcome.problem
    assert connected == []


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with named(monkeypatch, ("93.184.216.34",), ("10.0.0.5",)) as (asked, connected):
        outcome = post(PRODUCTION.read("https://rebinding.example/"), PRODUCTION, {}, b"{}")
    assert (asked, connected) == (["rebinding.example"], [("93.184.216.34", 443)])
    assert outcome.problem == "no connection: connection refused"


def test_a_host_on_the_list_may_lie_inside_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = TargetRules(frozenset({"erp.internal", "10.0.0.7"}), is_production=True)
    rules.read("https://10.0.0.7/")
    with named(monkeypatch, ("10.0.0.5",)) as (_, connected):
        post(rules.read("https://ERP.internal/"), rules, {}, b"{}")
        post(rules.read("https://other.internal/"), rules, {}, b"{}")
    assert connected == [("10.0.0.5", 443)]
    with pytest.raises(TargetError):
        rules.read("https://10.0.0.8/")


def test_a_redirect_is_not_followed() -> None:
    with receiving() as inner, receiving(lambda _: 307, Location=inner.url) as receiver:
        outcome = post(DEVELOPMENT.read(receiver.url), DEVELOPMENT, {}, b"{}")
    assert (outcome.answer_status, outcome.problem) == (307, "it answered with a redirect, which is not followed")
    assert (len(receiver.received), inner.received) == (1, [])


def test_of_a_long_answer_no_more_than_the_limit_is_read() -> None:
    with served(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 20_000_000) as (url, sent):
        began = time.monotonic()
        outcome = post(DEVELOPMENT.read(url), DEVELOPMENT, {}, b"{}")
        assert (outcome.problem, outcome.answer_start) == ("", "a" * 500)
        assert time.monotonic() - began < 2
    assert sent[0] < 20_000_000


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "what came back is no answer of HTTP"),
        (b"", "what came back is no answer of HTTP"),
        (b"HTTP/1.1 999 No\r\n\r\n", "what came back is no answer of HTTP"),
        (b"a" * (MAX_ANSWER_BYTES + 5), "what came back is no answer of HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", ""),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
            "it answered 500",
        ),
        (b"HTTP/1.0 200\r\n\r\n\x00\x1b[31m\xff\xfe", ""),
    ],
)
def test_an_answer_is_read_as_what_it_is(answer: bytes, problem: str) -> None:
    with served(answer) as (url, _):
        outcome = post(DEVELOPMENT.read(url), DEVELOPMENT, {}, b"{}")
    assert outcome.problem == problem
    assert "\x1b" not in outcome.answer_start
    assert "\x00" not in outcome.answer_start


def test_a_receiver_that_drips_is_left_in_time() -> None:
    with served(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000, pause=0.1) as (url, _):
        began = time.monotonic()
        outcome = post(DEVELOPMENT.read(url), DEVELOPMENT, {}, b"{}", timeout=1.0)
        assert time.monotonic() - began < 2
    assert outcome.problem == "no answer within 1 seconds"


def test_what_was_answered_counts_though_the_rest_of_it_drips() -> None:
    with served(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1000, pause=0.02) as (url, _):
        outcome = post(DEVELOPMENT.read(url), DEVELOPMENT, {}, b"{}", timeout=1.0)
    assert (outcome.problem, outcome.answer_status) == ("", 200)
    assert outcome.answer_start.startswith("aa")


def test_what_was_answered_counts_though_the_connection_breaks_then() -> None:
    with served(b"HTTP/1.1 200 OK\r\n\r\nabc", is_broken_off=True) as (url, _):
        outcome = post(DEVELOPMENT.read(url), DEVELOPMENT, {}, b"{}")
    assert (outcome.problem, outcome.answer_status) == ("", 200)


@contextmanager
def served(
    answer: bytes, *, pause: float = 0.0, tls: ssl.SSLContext | None = None, is_broken_off: bool = False
) -> Iterator[tuple[str, list[int]]]:
    """Whoever connects is sent these bytes, one by one where there is a pause; the address, and how many went out."""
    listener = socket.create_server(("127.0.0.1", 0))
    sent = [0]

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with tls.wrap_socket(connection, server_side=True) if tls else connection as peer:
                peer.recv(65_536)
                for start in range(0, len(answer), 1 if pause else 65_536):
                    part = answer[start : start + (1 if pause else 65_536)]
                    peer.sendall(part)
                    sent[0] += len(part)
                    time.sleep(pause)
                if is_broken_off:
                    time.sleep(0.2)  # that is read before it breaks
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{listener.getsockname()[1]}/", sent
    finally:
        listener.close()
        thread.join(timeout=5)


@pytest.mark.parametrize(
    ("name", "is_trusted", "problem"),
    [
        ("localhost", True, ""),
        ("localhost", False, "no secure connection: CERTIFICATE_VERIFY_FAILED"),
        ("elsewhere.example", True, "no secure connection: CERTIFICATE_VERIFY_FAILED"),
    ],
)
def test_a_receiver_has_to_prove_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_trusted: bool, problem: str
) -> None:
    file = certificate_of(tmp_path, name)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    if is_trusted:
        monkeypatch.setattr(sending, "_trusting", lambda: ssl.create_default_context(cafile=str(file)))
    with served(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=tls) as (url, _):
        assert post(DEVELOPMENT.read(url), DEVELOPMENT, {}, b"{}").problem == problem
