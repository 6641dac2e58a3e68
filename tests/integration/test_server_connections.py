"""The server of every process: what it makes of connections, bodies and replies, beside what the application says."""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gunicorn.workers import base as worker

from shared.refusals import HEAD_TOO_LARGE, TARGET_TOO_LONG
from shared.serving import framing
from shared.serving.framing import MAX_BODY_BYTES
from tests.served_app import BIG_BYTES, ServedApp, read_to_end, served_app
from tests.stopwatch import quickest

GET = b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /echo?last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNK = b"\r\n\r\n2\r\nok\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    with served_app(tmp_path_factory.mktemp("served")) as running:
        yield running


@contextmanager
def slow_readers(served: ServedApp, *, number: int, bytes_a_second: int) -> Iterator[None]:
    """So many clients read `/big` at that rate each, while the block runs."""
    clients = [served.connect() for _ in range(number)]
    is_over = threading.Event()

    def read_on() -> None:
        while not is_over.wait(0.05):
            for client in clients:
                with contextlib.suppress(OSError):
                    client.recv(bytes_a_second // 20)

    for client in clients:
        client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        client.setblocking(False)
    reading = threading.Thread(target=read_on)
    reading.start()
    try:
        yield
    finally:
        is_over.set()
        reading.join()
        for client in clients:
            client.close()


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def refusal(received: bytes) -> tuple[int, str]:
    head, _, body = received.partition(b"\r\n\r\n")
    answer = json.loads(body)
    assert answer["request_id"].encode() in head
    assert answer["success"] is False
    return statuses(head)[0], answer["error_code"]


def refusal_or_none(received: bytes) -> tuple[int, str] | None:
    return None if received.startswith(b"HTTP/1.1 200") else refusal(received)


def test_requests_in_a_row_are_answered_in_order_on_one_connection(served: ServedApp) -> None:
    post = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
    received = served.talk(post + b"ab" + GET + post + b"cd" + LAST)
    assert statuses(received) == [200] * 4
    assert received.index(b'"body": "ab"') < received.index(b'"body": "cd"') < received.index(b"last")


def test_a_refused_body_is_not_taken_for_the_next_request(served: ServedApp) -> None:
    hidden = b"GET /hidden HTTP/1.1\r\n\r\n"
    for size in (len(hidden), 300_000, MAX_BODY_BYTES):
        head = b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
        received = served.talk(head + (hidden * (size // len(hidden) + 1))[:size] + LAST)
        assert statuses(received) == [401, 200], size
    beyond = b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    received = served.talk(beyond + hidden)
    assert statuses(received) == [401]
    assert b"Connection: close" in received


def test_a_body_arrives_whole_however_it_is_sent(served: ServedApp) -> None:
    with served.connect() as client:
        for piece in (
            b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-",
            b"Encoding: chunked\r\nConnection: close\r",
            b"\n\r",
        ):
            client.sendall(piece)
            time.sleep(0.05)
        for piece in (b"\n3\r\nab", b"c\r\n2\r\nde\r", b"\n0\r\n", b"\r\n"):
            client.sendall(piece)
            time.sleep(0.05)
        assert b'"body": "abcde"' in read_to_end(client)


@pytest.mark.parametrize("path", [b"/echo", b"/refuse"])
@pytest.mark.parametrize(
    "chunks",
    [
        b"3x\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcxx0\r\n\r\n",
        b"3\r\nabc\r\n0\r\n\n\r\n\r\n",
        b"3\r\nabc\r\n0\r\nHost: y\r\n\r\n",
    ],
)
def test_chunks_that_the_parser_refuses_end_the_connection_whoever_reads_them(
    served: ServedApp, path: bytes, chunks: bytes
) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert refusal(served.talk(head + chunks + LAST)) == (400, "MALFORMED_REQUEST")


def test_a_chunk_whose_size_has_many_zeros_hides_no_request(served: ServedApp) -> None:
    hidden = b"a\r\n\r\n" + GET
    chunks = b"%020x\r\n" % len(hidden) + hidden + b"\r\n0\r\n\r\n"
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert statuses(served.talk(head + chunks + LAST).replace(json.dumps(hidden.decode()).encode(), b"")) == [200, 200]


def test_small_chunks_cost_the_server_no_more_than_their_bytes(served: ServedApp) -> None:
    """Copying what is left for each of them took minutes for one request of a megabyte, and hours for a larger one."""
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    def send_both() -> None:
        assert statuses(served.talk(head + b"1\r\na\r\n" * 50_000 + b"0\r\n\r\n" + LAST, 30)) == [200, 200]
        assert statuses(served.talk(head + b"1\r\na\r\n" * 500_000 + b"0\r\n\r\n", 30)) == [400]

    assert quickest(send_both, 3) < 3


@pytest.mark.thorough
def test_large_requests_that_wait_for_a_thread_are_bounded(served: ServedApp) -> None:
    head = b"POST /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % MAX_BODY_BYTES
    with ThreadPoolExecutor(60) as pool:
        bodies = [pool.submit(served.talk, head + b"x" * MAX_BODY_BYTES, 60) for _ in range(60)]
        answers = [body.result() for body in bodies]
    refused = [answer for answer in answers if refusal_or_none(answer) == (503, "SERVICE_UNAVAILABLE")]
    assert 0 < len(refused) < 60
    assert all(b"Retry-After: 1" in answer for answer in refused)
    assert all(statuses(answer) == [200] for answer in answers if answer not in refused)


def test_a_client_that_asks_first_is_told_to_go_on(served: ServedApp) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with served.connect() as client:
        client.sendall(head)
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        received = read_to_end(client)
    assert statuses(received) == [200]
    too_large = head.replace(b"Length: 2", b"Length: 99999999").replace(b"/echo", b"/refuse")
    assert statuses(served.talk(too_large)) == [401]


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (b"GET /" + b"a" * 10_000, (414, "URI_TOO_LONG")),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n\r\n", (431, "HEADERS_TOO_LARGE")),
        (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 200 + b"\r\n", (431, "HEADERS_TOO_LARGE")),
        (b"GET / HTTP/1.1\r\n" + b"A: aaaaaaaaaaaaaa\r\n" * 5000, (431, "HEADERS_TOO_LARGE")),
        (b"hello\r\n\r\n", (400, "MALFORMED_REQUEST")),
        (b"GET / HTTP/1.1\n\n", (400, "MALFORMED_REQUEST")),
        (b"GET / HTTP/9.9\r\n\r\n", (400, "MALFORMED_REQUEST")),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", (400, "MALFORMED_REQUEST")),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400, "MALFORMED_REQUEST")),
        (
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            (400, "MALFORMED_REQUEST"),
        ),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", (400, "MALFORMED_REQUEST")),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n", (501, "NOT_IMPLEMENTED")),
        (b"POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked" + CHUNK, (501, "NOT_IMPLEMENTED")),
        (b"POST /echo HTTP/1.1\r\nTransfer-Encoding: identity, Chunked" + CHUNK, (501, "NOT_IMPLEMENTED")),
        (
            b"POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked" + CHUNK,
            (501, "NOT_IMPLEMENTED"),
        ),
        (b"GET /fail HTTP/1.1\r\n\r\n", (500, "INTERNAL_ERROR")),
    ],
)
def test_what_no_application_sees_is_refused_in_the_envelope(
    served: ServedApp, request_bytes: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(served.talk(request_bytes)) == expected


def test_what_is_longer_than_is_read_is_refused_with_the_very_limits(served: ServedApp) -> None:
    def fits(line_bytes: int = 0, field_bytes: int = 0, fields: int = 1) -> bool:
        line = b"GET /echo?" + b"q" * max(line_bytes - len(b"GET /echo? HTTP/1.1\r\n"), 0) + b" HTTP/1.1\r\n"
        head = b"A: " + b"a" * max(field_bytes - len(b"A: \r\n"), 0) + b"\r\n"
        received = served.talk(line + head + b"B: b\r\n" * (fields - 2) + b"Connection: close\r\n\r\n")
        return statuses(received)[0] not in (414, 431)

    line, each, fields = framing.MAX_LINE_BYTES, framing.MAX_FIELD_BYTES, framing.MAX_FIELDS
    assert (dict(TARGET_TOO_LONG.example), dict(HEAD_TOO_LARGE.example)) == (
        {"limit_bytes": line},
        {"limit_bytes": framing.MAX_HEAD_BYTES, "limit_bytes_each": each, "limit_headers": fields},
    )
    assert [fits(line_bytes=line), fits(line_bytes=line + 3)] == [True, False]
    assert [fits(field_bytes=each), fits(field_bytes=each + 3)] == [True, False]
    assert [fits(fields=fields), fits(fields=fields + 1)] == [True, False]


def test_a_browser_is_refused_with_a_page_and_the_api_never(served: ServedApp) -> None:
    wants_page = b"\r\nAccept: text/html,*/*\r\nA: " + b"a" * 9000 + b"\r\n\r\n"
    assert b"<h1>431 Request Header" in served.talk(b"GET /login HTTP/1.1" + wants_page)
    assert refusal(served.talk(b"GET /api/accounts HTTP/1.1" + wants_page)) == (431, "HEADERS_TOO_LARGE")


def test_a_reply_that_failed_halfway_does_not_look_whole(served: ServedApp) -> None:
    received = served.talk(b"GET /fail-late HTTP/1.1\r\n\r\n")
    assert b"0\r\n\r\n" not in received


def test_a_reply_shorter_than_it_said_is_cut_off_and_not_filled_by_the_next(served: ServedApp) -> None:
    assert statuses(served.talk(b"GET /short HTTP/1.1\r\n\r\n" + LAST)) in ([], [200])


def test_readers_that_take_a_long_reply_slowly_but_steadily_leave_threads_to_others(served: ServedApp) -> None:
    """They would hold every thread: each takes enough not to stand still, and less than a reply is made in."""

    def answered() -> None:
        assert statuses(served.talk(LAST)) == [200]

    with slow_readers(served, number=45, bytes_a_second=400_000):
        time.sleep(2)
        for _ in range(3):
            assert quickest(answered, 1) < 1


def test_a_long_reply_reaches_a_slow_reader_whole(served: ServedApp) -> None:
    with served.connect() as client:
        client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(2)
        assert len(read_to_end(client).partition(b"\r\n\r\n")[2]) == BIG_BYTES


def test_nothing_a_peer_says_of_itself_is_believed(served: ServedApp) -> None:
    lies = (
        b"X-Forwarded-Ssl: on\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Protocol: ssl\r\nX-Forwarded-For: 1.2.3.4\r\n"
        b"SCRIPT_NAME: /x\r\nPATH_INFO: /y\r\nREMOTE_USER: admin\r\nForwarded: proto=https\r\n"
    )
    received = served.talk(b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + lies + b"\r\n")
    seen = json.loads(received.partition(b"\r\n\r\n")[2])["environ"]
    assert (seen["wsgi.url_scheme"], seen["REMOTE_ADDR"], seen["SCRIPT_NAME"]) == ("http", "127.0.0.1", "")
    assert (seen["PATH_INFO"], "REMOTE_USER" in seen) == ("/echo", False)


def test_kept_connections_do_not_delay_a_stop_and_a_request_under_way_is_answered(tmp_path: Path) -> None:
    with served_app(tmp_path) as served, served.connect() as kept, served.connect() as busy:
        kept.sendall(GET)
        kept.recv(65536)
        busy.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        began = time.monotonic()
        served.process.terminate()
        time.sleep(0.1)
        kept.sendall(GET)
        assert b"Connection: close" in read_to_end(kept)
        assert statuses(read_to_end(busy)) == [200]
        served.process.wait(5)
        assert time.monotonic() - began < 4  # the request under way takes a second of it


def dawdle_after_forking() -> None:
    """A worker takes a second before it listens to signals, as on a machine that has much else to do."""
    worker.Worker.init_process = preceded_by_a_second(worker.Worker.init_process)


def preceded_by_a_second(begin: Callable[[Any], None]) -> Callable[[Any], None]:
    def late(self: Any) -> None:
        time.sleep(1)
        begin(self)

    return late


def test_a_worker_told_to_stop_while_it_begins_stops(tmp_path: Path) -> None:
    with served_app(tmp_path, first=dawdle_after_forking) as served:
        began = time.monotonic()
        served.process.terminate()
        served.process.wait(12)
        assert time.monotonic() - began < 10, "it was killed after the 15 seconds of grace"


def test_every_line_of_a_servers_log_is_json(tmp_path: Path) -> None:
    with served_app(tmp_path) as served:
        for request in (b"GET /fail HTTP/1.1\r\n\r\n", b"GET /fail-late HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", LAST):
            served.talk(request)
        served.process.terminate()
        served.process.wait(10)
        events = [json.loads(line)["event"] for line in served.output().splitlines()]
    assert events.count("application_failed") == 2
    assert {"ready", "request_not_readable", "stopped"} <= set(events)


def load_anew(folder: str) -> None:
    """Load the server anew, with what lies in the folder before all else."""
    sys.path.insert(0, folder)
    for name in [name for name in sys.modules if name.startswith(("gunicorn", "shared"))]:
        del sys.modules[name]


def test_requests_are_read_by_the_same_parser_whatever_else_is_installed(tmp_path: Path) -> None:
    """gunicorn takes another one where it finds it, which says 400 of a transfer coding that is answered with 501."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    lax = "class LimitRequestLine(Exception): ...\ndef parse_request(*_, **__): raise RuntimeError\n"
    (elsewhere / "gunicorn_h1c.py").write_text(lax)
    with served_app(tmp_path, first=partial(load_anew, str(elsewhere))) as served:
        chunked = b"POST /echo HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked" + CHUNK
        assert statuses(served.talk(chunked)) == [200]


def test_a_client_that_does_not_close_keeps_nobody_waiting(served: ServedApp) -> None:
    clients = [served.connect() for _ in range(50)]
    for client in clients:
        client.sendall(LAST)
    began = time.monotonic()
    assert statuses(served.talk(LAST)) == [200]
    assert time.monotonic() - began < 1
    for client in clients:
        client.close()
