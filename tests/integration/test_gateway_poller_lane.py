"""Payments through the gateway's lane end as they do through a thread, whatever the ledger does, and are sent once."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import urllib3

from shared.settings import FEWEST_THREADS
from tests.bank_processes import wait_until
from tests.forked_server import ForkedServer
from tests.free_ports import free_port
from tests.scripted_server import JSON_OK, Conversation, ScriptedServer, scripted

LANE = "/api/transactions/transfer"
THREAD = LANE + "?by=thread"
"""What is not the very first line that the lane takes goes to a thread."""
BODY = b'{"amount": "1.00"}'
OF_ITS_OWN = {"date", "x-request-id"}

Answer = tuple[int, dict[str, str], bytes]


class Front:
    """A gateway under the bank's own server."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(retries=False, maxsize=64)

    def pay(self, path: str, **headers: str) -> Answer:
        """One POST: status, headers but those that differ each time, body without its request id."""
        sent = {"Content-Type": "application/json", "Idempotency-Key": "k", "X-Request-ID": "mine", **headers}
        reply = self._pool.request("POST", self._url + path, body=BODY, headers=sent, timeout=20)
        kept = {name.lower(): value for name, value in reply.headers.items() if name.lower() not in OF_ITS_OWN}
        return reply.status, kept, reply.data

    def is_up(self) -> bool:
        try:
            return self._pool.request("GET", self._url + "/metrics", timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False


@contextmanager
def gateway_to(server: ScriptedServer, folder: Path, **settings: str) -> Iterator[Front]:
    port = free_port()
    where = {"BANK_DATA_DIR": str(folder), "GATEWAY_PORT": str(port), "TRANSACTION_SERVICE_URL": server.url}
    process = ForkedServer("shared.server", ["gateway"], {**os.environ, **where, **settings}, folder / "output")
    front = Front(port)
    try:
        wait_until(front.is_up, 30)
        yield front
    finally:
        process.kill()


def saying(*pieces: bytes, ends: bool = False) -> Callable[[Conversation], None]:
    """Send these, one after the other; then, if it is to end there, close."""

    def behaviour(conversation: Conversation) -> None:
        for number, piece in enumerate(pieces):
            time.sleep(0.05 * bool(number))
            conversation.send(piece)
        if ends:
            conversation.reset()

    return behaviour


CREATED = b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\nContent-Length: 11\r\nX-Odd: 1\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
SAME_EITHER_WAY: dict[str, Callable[[Conversation], None]] = {
    "whole": saying(CREATED + b'{"a": "bc"}'),
    "in pieces": saying(CREATED[:30], CREATED[30:], b'{"a":', b' "bc"}'),
    "after an interim one": saying(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + CREATED + b'{"a": "bc"}'),
    "a refusal": saying(b"HTTP/1.1 409 CONFLICT\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\n{}"),
    "without a body": saying(b"HTTP/1.1 204 NO CONTENT\r\n\r\n"),
    "the last of its connection": saying(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", ends=True
    ),
    "large": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000),
    "nonsense": saying(b"SMTP ready\r\n\r\n", ends=True),
    "nothing, and closes": saying(ends=True),
    "half a head, and closes": saying(CREATED[:30], ends=True),
    "half a body, and closes": saying(CREATED + b'{"a"', ends=True),
    "more than it said": saying(CREATED + b'{"a": "bc"} and so on', ends=True),
    "two lengths": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", ends=True),
}


BEHAVIOURS = {**SAME_EITHER_WAY, "in chunks": saying(CHUNKED), "silence": Conversation.wait_for_client}


def scripted_by_header(conversation: Conversation) -> None:
    """Answer well, and so that the connection is kept, but a request that names one of the behaviours."""
    while request := conversation.receive():
        wanted = re.search(rb"X-Behaviour: ([^\r]+)", request, re.IGNORECASE)
        if wanted is None:
            conversation.send(JSON_OK)
        else:
            BEHAVIOURS[wanted[1].decode()](conversation)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with scripted(scripted_by_header) as started:
        yield started


@pytest.fixture(scope="module")
def front(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with gateway_to(server, tmp_path_factory.mktemp("gateway")) as started:
        yield started


@pytest.mark.parametrize("behaviour", SAME_EITHER_WAY)
def test_both_ways_a_payment_ends_the_same_and_was_sent_once(
    server: ScriptedServer, front: Front, behaviour: str
) -> None:
    answers, seen = [], []
    for path in (THREAD, LANE):
        front.pay(path)  # leaves a connection that is kept
        before = len(server.requests)
        answers.append(front.pay(path, **{"X-Behaviour": behaviour}))
        seen.append([request.split(b"\r\n", 1)[0].decode() for request in server.requests[before:]])
    assert answers[0] == answers[1]
    assert seen == [[f"POST {THREAD} HTTP/1.1"], [f"POST {LANE} HTTP/1.1"]]


def test_payments_pass_while_every_thread_waits(tmp_path: Path) -> None:
    """That is what the lane is for: it needs none of them."""
    is_slow = Event()

    def slow_to_threads(conversation: Conversation) -> None:
        while request := conversation.receive():
            if b"by=thread" in request and is_slow.is_set():
                time.sleep(4)
            conversation.send(JSON_OK)

    threads = FEWEST_THREADS
    settings = {"GATEWAY_THREADS": str(threads)}
    with scripted(slow_to_threads) as server, gateway_to(server, tmp_path, **settings) as front:
        for _ in range(2):  # a thread makes the connection, the lane takes it
            front.pay(LANE)
        is_slow.set()
        with ThreadPoolExecutor(2 * threads) as pool:
            held = [pool.submit(front.pay, THREAD) for _ in range(2 * threads)]
            wait_until(lambda: len(server.requests) == 2 + threads, 5)
            began = time.monotonic()
            assert front.pay(LANE)[0] == 200
            assert time.monotonic() - began < 2
            assert not any(one.done() for one in held)


def test_a_reply_in_chunks_arrives_whole(front: Front) -> None:
    front.pay(LANE)
    status, _, body = front.pay(LANE, **{"X-Behaviour": "in chunks"})
    assert (status, body) == (200, b"hello world")


def test_a_ledger_that_says_nothing_is_a_504_in_time_and_saw_one_post(server: ScriptedServer, front: Front) -> None:
    front.pay(LANE)
    before, began = len(server.requests), time.monotonic()
    status, _, body = front.pay(LANE, **{"X-Behaviour": "silence", "X-Request-Timeout-Ms": "700"})
    assert 0.6 < time.monotonic() - began < 2.5
    assert (status, json.loads(body)["details"]["outcome"]) == (504, "unknown")
    assert len(server.requests) == before + 1


def test_a_connection_that_the_ledger_closed_meanwhile_is_not_used(tmp_path: Path) -> None:
    def once_and_goodbye(conversation: Conversation) -> None:
        for _ in range(2):
            conversation.receive()
            conversation.send(JSON_OK)

    with scripted(once_and_goodbye) as server, gateway_to(server, tmp_path) as front:
        for _ in range(6):
            assert front.pay(LANE)[0] == 200
            time.sleep(0.05)
        assert server.connections == 3
        assert len(server.requests) == 6
