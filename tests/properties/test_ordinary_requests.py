"""What is read and written past gunicorn's own steps is what gunicorn would make of it, to the byte, or left to it."""

import re
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.serving.ordinary_request import OrdinaryReader
from shared.serving.reply import Reply

PEER, LOCAL = ("192.0.2.7", 40_123), ("127.0.0.1", 5003)
BODY = b'{"amount":"1.00"}'
BROWSER = (
    b"GET /accounts/0190-1?page=2&text=%C3%A9 HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nUser-Agent: Mozilla (X11; rv:1)\r\n"
    b"Accept: text/html,*/*;q=0.8\r\nAccept-Language: de,en\r\nCookie: session=a.b-c_d; theme=dark\r\n"
    b"Connection: keep-alive\r\nReferer: http://127.0.0.1:5000/\r\n\r\n"
)
TRANSFER = (
    b"POST /api/transactions/transfer HTTP/1.1\r\nHOST: 127.0.0.1:5003\r\nAUTHORIZATION: Bearer a.b.c\r\n"
    b"IDEMPOTENCY-KEY: k-1\r\nCONTENT-TYPE: application/json\r\nX-Request-ID: 0190\r\nCONTENT-LENGTH: 17\r\n\r\n"
)
LAST = b"HEAD / HTTP/1.1\r\nHost: x\r\nconnection: Close\r\n\r\n"
BARE = b"OPTIONS /api HTTP/1.1\r\n\r\n"
ORDINARY = [(BROWSER, b""), (TRANSFER, BODY), (LAST, b""), (BARE, b"")]
NOT_MADE_HERE = {"wsgi.input", "wsgi.errors", "gunicorn.socket", "wsgi.early_hints"}


def settings_of_the_server() -> Config:
    cfg = Config()
    cfg.set("forwarded_allow_ips", "")
    cfg.set("http_parser", "python")
    return cfg


CFG = settings_of_the_server()
Seen = tuple[dict[str, Any], bytes, bool]


def as_gunicorn_reads(head: bytes, body: bytes) -> Seen:
    request = next(RequestParser(CFG, iter([head, body] if body else [head]), PEER))
    _, environ = wsgi.create(request, Sent(), PEER, LOCAL, CFG)
    return environ, environ["wsgi.input"].read(), request.should_close()


def as_read_here(head: bytes, body: bytes) -> Seen | None:
    request = OrdinaryReader(CFG).read(head, body, PEER, LOCAL)
    return None if request is None else (request.environ, request.environ["wsgi.input"].read(), request.should_close())


def assert_the_same(found: Seen, expected: Seen) -> None:
    ours, theirs = ({k: v for k, v in seen[0].items() if k not in NOT_MADE_HERE} for seen in (found, expected))
    assert ours == theirs
    headers = [[name for name in environ if name.startswith("HTTP_")] for environ in (ours, theirs)]
    assert headers[0] == headers[1]  # in their order too
    assert found[1:] == expected[1:]


@pytest.mark.parametrize(("head", "body"), ORDINARY)
def test_what_the_bank_is_asked_all_day_is_ordinary(head: bytes, body: bytes) -> None:
    found = as_read_here(head, body)
    assert found is not None
    assert_the_same(found, as_gunicorn_reads(head, body))


@pytest.mark.parametrize(
    "head",
    [
        b"GET /%2e%2e/x HTTP/1.1\r\n\r\n",
        b"GET //x HTTP/1.1\r\n\r\n",
        b"GET /x#y HTTP/1.1\r\n\r\n",
        b"GET http://a/x HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"CONNECT / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX_Role: admin\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: a\r\nA: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: a\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : a\r\n\r\n",
        b"GET / HTTP/1.1\nA: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: +0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 00\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"A%d: a\r\n" % number for number in range(101)) + b"\r\n",
        b"GET /" + b"a" * 4094 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_odd_is_left_to_gunicorn(head: bytes) -> None:
    assert as_read_here(head, b"") is None


def test_nothing_is_ordinary_below_a_path_of_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPT_NAME", "/bank")
    assert as_read_here(BARE, b"") is None


ODD_BYTES = st.sampled_from([bytes([byte]) for byte in b"\r\n \t:;,/?#%_\x00\x7f\x80\xff0aZ"] + [b"\r\n", b"\r\n\r\n"])
MUTATIONS = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 3), ODD_BYTES), max_size=4)
NAMES = st.sampled_from(
    ["Host", "Connection", "Content-Length", "Content-Type", "Cookie", "Expect", "Script-Name", "X-A", "X_A", "Te"]
).map(str.encode)
VALUES = st.sampled_from(
    [b"close", b"keep-alive, x", b"0", b"17", b"", b" ", b"\ta ", b"100-continue", b"\xe9", b"a,b"]
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=4)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(ORDINARY), FIELDS, MUTATIONS)
@example((BARE, b""), [(b"Connection", b" close")], [])
def test_whatever_is_read_here_says_what_gunicorn_reads(
    ordinary: tuple[bytes, bytes], fields: list[tuple[bytes, bytes]], mutations: list[tuple[int, int, bytes]]
) -> None:
    head, body = ordinary
    head = head[:-2] + b"".join(name + b":" + value + b"\r\n" for name, value in fields) + b"\r\n"
    for place, dropped, put in mutations:
        at = place % len(head)
        head = head[:at] + put + head[at + dropped :]
    found = as_read_here(head, body)
    if found is not None:
        assert_the_same(found, as_gunicorn_reads(head, body))


class Sent:
    """Takes a reply."""

    def __init__(self) -> None:
        self.data = b""

    def sendall(self, data: bytes) -> None:
        self.data += data


HEADER_NAMES = st.sampled_from(
    [
        "Content-Type", "content-length", "Content-Length", "Connection", "Server", "Date", "Keep-Alive", "Upgrade",
        "Transfer-Encoding", "Set-Cookie", "X-Request-ID", "A: b", "", "A\r\nB", "Ä",
    ]
)  # fmt: skip
HEADER_VALUES = st.sampled_from(
    ["5", "x", " padded\t", "close", "keep-alive", "é", "a\r\nB: c", "a\nb", "\x00", "☃", ""]
)
STATUSES = st.sampled_from(
    ["200 OK", "201 CREATED", "204 NO CONTENT", "304 NOT MODIFIED", "404", "2000 OK", "ok", "200 a\r\n"]
)


def said(kind: type[wsgi.Response], method: str, status: str, headers: list[tuple[str, str]], body: list[bytes]) -> Any:
    """The bytes of the reply without its date and whether the connection ends; or the error."""
    sent = Sent()
    request = OrdinaryReader(CFG).read(method.encode() + b" / HTTP/1.1\r\n\r\n", b"", PEER, LOCAL)
    reply = kind(request, sent, CFG)
    try:
        reply.start_response(status, headers)
        for piece in body:
            reply.write(piece)
        reply.close()
    except Exception as error:  # noqa: BLE001 (whatever it is, both have to raise it)
        return type(error), str(error), sent.data
    data, dates = re.subn(rb"\r\nDate: [^\r]+ GMT\r\n", b"\r\n", sent.data)
    return data, dates, reply.should_close()


BODIES: list[list[bytes]] = [[], [b"hello"], [b"", b"he", b"llo"], [b"hello, and more"]]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    STATUSES,
    st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=4),
    st.sampled_from(BODIES),
)
def test_a_reply_is_gunicorns_to_the_byte(
    method: str, status: str, headers: list[tuple[str, str]], body: list[bytes]
) -> None:
    assert said(Reply, method, status, headers, body) == said(wsgi.Response, method, status, headers, body)
