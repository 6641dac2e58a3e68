"""The poller's thread serves everybody: nothing that one connection does may end it."""

import os
import selectors
import socket
import threading
from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from shared.serving.connection import Connection, Stage
from shared.serving.framing import MAX_BODY_BYTES, Framing
from shared.serving.worker import PatientWorker


@pytest.fixture
def worker() -> Iterator[PatientWorker]:
    made = PatientWorker(1, os.getppid(), [], None, 60, Config(), Logger(Config()))
    yield made
    made.tmp.close()


def connected(worker: PatientWorker) -> tuple[Connection, socket.socket]:
    """A connection of the worker's, and the client's end of it."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    connection = Connection(ours, "", "", lock=threading.Lock(), framing=Framing(MAX_BODY_BYTES))
    worker._connections.add(connection)
    return connection, theirs


def test_a_client_that_is_gone_when_it_is_asked_for_its_body_ends_only_itself(worker: PatientWorker) -> None:
    connection, theirs = connected(worker)
    connection.stage = Stage.ANSWERING
    connection.received += b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    worker._answering = 1
    theirs.close()
    worker._take_back(connection, keeps_alive=True)
    assert worker._connections == set()
    assert (worker._answering, worker._arriving_bytes) == (0, 0)


def test_who_sends_for_longest_is_told_so_when_too_much_arrives_at_once(
    worker: PatientWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.serving.worker.MOST_ARRIVING_BYTES", 100_000)
    head = b"POST / HTTP/1.1\r\nContent-Length: 90000\r\n\r\n"
    silent, silent_client = connected(worker)
    worker._arriving.put(silent)
    first, first_client = connected(worker)
    second, second_client = connected(worker)
    for connection, client in ((first, first_client), (second, second_client)):
        worker._watch(connection, selectors.EVENT_READ)
        client.sendall(head + b"x" * 60_000)
        worker._on_event(connection, selectors.EVENT_READ)
    assert first_client.recv(4096).startswith(b"HTTP/1.1 503 ")
    assert [each.stage for each in (silent, first, second)] == [Stage.RECEIVING, Stage.LEAVING, Stage.RECEIVING]
    assert worker._arriving_bytes == len(second.received)
    for client in (silent_client, first_client, second_client):
        client.close()
    for connection in (silent, first, second):
        worker._close(connection)
