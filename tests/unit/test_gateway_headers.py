"""What a client may say to a service through the gateway, and whom the gateway believes about addresses."""

import pytest

from gateway.proxy.cross_origin import CrossOrigin
from gateway.proxy.forwarded_headers import forwarded_headers
from gateway.proxy.host_names import HostNames
from gateway.proxy.proxy_fix import settle_origin
from gateway.proxy.request_target import settle_target
from gateway.proxy.trusted_proxies import NOBODY, TrustedProxies

SPOOFED = (
    "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "FORWARDED", "X_REAL_IP", "X_USER_ID", "X_USER_ROLE",
    "X_USER", "X_ROLE", "X_ROLES", "X_SERVICE_AUTHORIZATION", "X_CLIENT_ADDRESS", "X_REQUEST_ID",
    "X_REQUEST_TIMEOUT_MS", "COOKIE", "HOST",
)  # fmt: skip


@pytest.mark.parametrize("name", SPOOFED)
def test_what_only_the_bank_may_say_is_dropped(name: str) -> None:
    assert forwarded_headers({f"HTTP_{name}": "1"}) == []


@pytest.mark.parametrize(("channel", "passes"), [("cli", True), ("web", False), ("bank", False), ("simulator", False)])
def test_nobody_says_through_the_proxy_that_they_are_the_banks_pages(channel: str, passes: bool) -> None:
    assert bool(forwarded_headers({"HTTP_X_BANK_CHANNEL": channel})) is passes


@pytest.mark.parametrize(
    "name", ["CONNECTION", "TE", "TRAILER", "TRANSFER_ENCODING", "UPGRADE", "KEEP_ALIVE", "EXPECT"]
)
def test_headers_of_this_hop_end_here(name: str) -> None:
    assert forwarded_headers({f"HTTP_{name}": "x"}) == []


def test_end_to_end_headers_pass() -> None:
    environ = {
        "HTTP_AUTHORIZATION": "Bearer t",
        "HTTP_IDEMPOTENCY_KEY": "k",
        "HTTP_ACCEPT": "*/*",
        "CONTENT_TYPE": "application/json",
        "wsgi.input": None,
        "REMOTE_ADDR": "10.0.0.1",
    }
    assert forwarded_headers(environ) == [
        "AUTHORIZATION: Bearer t",
        "IDEMPOTENCY-KEY: k",
        "ACCEPT: */*",
        "CONTENT-TYPE: application/json",
    ]


def test_a_header_that_connection_names_is_dropped_but_never_the_credentials_or_the_key() -> None:
    environ = {
        "HTTP_CONNECTION": "close, X-Odd, Authorization, Idempotency-Key",
        "HTTP_X_ODD": "1",
        "HTTP_AUTHORIZATION": "Bearer t",
        "HTTP_IDEMPOTENCY_KEY": "k",
    }
    assert forwarded_headers(environ) == ["AUTHORIZATION: Bearer t", "IDEMPOTENCY-KEY: k"]


def test_forwarded_headers_of_a_stranger_change_nothing() -> None:
    environ = {
        "REMOTE_ADDR": "10.0.0.9",
        "wsgi.url_scheme": "https",  # gunicorn itself believes this machine's own clients
        "HTTP_X_FORWARDED_FOR": "1.2.3.4",
        "HTTP_X_FORWARDED_PROTO": "https",
    }
    assert settle_origin(environ, NOBODY) == "10.0.0.9"
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("10.0.0.9", "http")


def test_only_the_last_address_of_a_trusted_proxy_is_its_own_word() -> None:
    environ = {
        "REMOTE_ADDR": "10.0.0.1",
        "wsgi.url_scheme": "http",
        "HTTP_X_FORWARDED_FOR": "6.6.6.6, 1.2.3.4",
        "HTTP_X_FORWARDED_PROTO": "https",
    }
    assert settle_origin(environ, TrustedProxies(["10.0.0.1"])) == "1.2.3.4"
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("1.2.3.4", "https")


@pytest.mark.parametrize("said", ["unknown", "1.2.3", "1.2.3.4:80", "<script>", ""])
def test_what_is_no_address_is_not_taken_for_one_even_from_a_trusted_proxy(said: str) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": f"1.2.3.4, {said}"}
    assert settle_origin(environ, TrustedProxies(["10.0.0.0/8"])) == "10.0.0.1"


def test_a_network_of_proxies_is_trusted_and_its_neighbours_are_not() -> None:
    trusted = TrustedProxies(["10.1.0.0/16", "fd00::/8"])
    assert all(address in trusted for address in ("10.1.2.3", "fd00::9", "::ffff:10.1.2.3"))
    assert not any(address in trusted for address in ("10.2.0.1", "fe80::1", "unix", ""))


def test_the_bank_answers_under_the_names_it_was_given() -> None:
    names = HostNames(["Bank.example", "[::1]", "127.0.0.1"])
    assert all(names.know(host) for host in ("bank.example", "BANK.EXAMPLE:443", "[::1]:5000", "127.0.0.1:5000"))
    assert not any(
        names.know(host) for host in ("evil.example", "bank.example.evil", "bank.example:x", "", "a@bank.example")
    )
    assert HostNames().know("evil.example")


def test_only_the_origins_named_may_read() -> None:
    some = CrossOrigin(["https://app.example", "localhost"])
    for origin in ("https://app.example", "http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:80"):
        assert ("Access-Control-Allow-Origin", origin) in some.headers_for(origin)
    for origin in (
        "https://evil.example",
        "http://app.example",
        "https://app.example:444",
        "null",
        None,
        "http://localhost.evil",
    ):
        assert some.headers_for(origin) == [("Vary", "Origin")]
    assert CrossOrigin(()).headers_for("https://app.example") == []
    assert ("Access-Control-Allow-Origin", "https://any.example") in CrossOrigin("*").headers_for("https://any.example")
    named = dict(some.preflight_headers("https://app.example"))
    assert "Idempotency-Key" in named["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in named


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        ("http://bank.example:5000/api/x?a=http://y/", "bank.example:5000", "/api/x?a=http://y/"),
        ("HTTPS://[::1]/", "[::1]", "/"),
        ("/api/x?http://other/", "said.example", "/api/x?http://other/"),
        ("//other/api/x", "said.example", "//other/api/x"),
        ("http://ada@bank.example/api/x", "said.example", "http://ada@bank.example/api/x"),
        ("http:///api/x", "said.example", "http:///api/x"),
        ("ftp://bank.example/api/x", "said.example", "ftp://bank.example/api/x"),
        ("*", "said.example", "*"),
    ],
)
def test_the_host_in_a_whole_address_counts_and_not_the_header(target: str, host: str, path: str) -> None:
    environ = {"RAW_URI": target, "HTTP_HOST": "said.example"}
    settle_target(environ)
    assert (environ["HTTP_HOST"], environ["RAW_URI"]) == (host, path)
