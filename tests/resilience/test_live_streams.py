"""Streams through the whole bank's real servers: they hold no thread, end with their token, and let a server stop."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from shared.services import GATEWAY, REPORTING
from shared.settings import FEWEST_THREADS
from tests.bank_processes import BankProcesses, bank_processes
from tests.stopwatch import quickest

pytestmark = pytest.mark.thorough

WATCHERS, ANSWER_SECONDS = 50, 1.0
PATH = "/api/reports/live"
THREADS = str(FEWEST_THREADS)
"""Far fewer than there are watchers, at each server."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcesses]:
    with pytest.MonkeyPatch.context() as environment:
        for service in (GATEWAY, REPORTING):
            environment.setenv(f"{service.env_prefix}_THREADS", THREADS)
        with bank_processes(tmp_path_factory.mktemp("bank")) as opened:
            yield opened


def watching(bank: BankProcesses, token: str) -> requests.Response:
    url = bank.url(GATEWAY) + PATH
    reply = requests.get(url, headers={"Authorization": f"Bearer {token}"}, stream=True, timeout=10)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "text/event-stream"
    return reply


def events(reply: requests.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and data of each event, until the stream ends."""
    name = ""
    for line in reply.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_fifty_watchers_that_never_read_keep_nobody_waiting(bank: BankProcesses) -> None:
    token = bank.admin_token()
    address = urlsplit(bank.url(GATEWAY))
    asking = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with ExitStack() as opened:
        for _ in range(WATCHERS):
            client = opened.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(10)
            client.connect((str(address.hostname), int(address.port or 0)))
            client.sendall(asking)
        reader = opened.enter_context(watching(bank, token))
        other = opened.enter_context(watching(bank, token))
        told, also_told = events(reader), events(other)
        assert {next(told)[0] for _ in range(2)} == {"totals"}

        def asked(path: str) -> None:
            reply = requests.get(bank.url(GATEWAY) + path, headers={"Authorization": f"Bearer {token}"}, timeout=20)
            assert reply.status_code == 200, reply.text

        for path in ("/api/accounts/list", "/api/reports/live?once=true", "/login"):
            assert quickest(partial(asked, path), ANSWER_SECONDS) < ANSWER_SECONDS, path
        seen, also_seen = ({next(stream)[1]["at"] for _ in range(4)} for stream in (told, also_told))
        assert seen & also_seen, "one computation is told to all"


def test_a_stream_ends_with_the_session_of_its_reader(bank: BankProcesses) -> None:
    token = bank.admin_token()
    with watching(bank, token) as reply:
        told = events(reply)
        assert next(told)[0] == "totals"
        assert bank.ask("POST", "/api/auth/logout", {}, token=token)[0] == 200
        assert list(told)[-1] == ("end", {"reason": "token"})


def test_a_service_that_stops_ends_its_streams_and_does_not_wait_for_them(bank: BankProcesses) -> None:
    with watching(bank, bank.admin_token()) as reply:
        told = events(reply)
        next(told)
        began = time.monotonic()
        bank.stop(REPORTING)
        with suppress(requests.exceptions.ChunkedEncodingError):
            assert {name for name, _ in told} <= {"totals", "end"}
        assert time.monotonic() - began < 20
    bank.start(REPORTING)
    with watching(bank, bank.admin_token()) as reply:
        assert next(events(reply))[0] == "totals"
