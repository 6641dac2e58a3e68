"""What the gateway passes on of a stream, however it arrives; and when a reader is given up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.proxy import relay
from gateway.proxy.relay import _BrokeError, _Chunks, _Stream
from shared.serving import standby_thread
from shared.serving.connection import Connection
from shared.serving.framing import Framing
from shared.serving.open_reply import MOST_BEHIND_BYTES, OpenReply
from shared.serving.reply_writer import ReplyWriter
from tests.bank_processes import wait_until

WHOLE = b"5\r\nhello\r\n1;a=b\r\n \r\n11\r\nworld, and others\r\n0\r\n\r\n"
SAID = b"hello world, and others"


@pytest.mark.parametrize("size", range(1, len(WHOLE) + 1))
def test_chunks_say_the_same_however_they_are_cut(size: int) -> None:
    chunks = _Chunks()
    found = b"".join(chunks.take(WHOLE[start : start + size]) for start in range(0, len(WHOLE), size))
    assert found == SAID
    assert chunks.is_over


@pytest.mark.parametrize("received", [b"hello\r\n", b"-\r\n", b"-1\r\n", b"1" * 2000])
def test_what_is_no_chunk_breaks_the_stream(received: bytes) -> None:
    with pytest.raises(_BrokeError):
        _Chunks().take(received)


class _Plain:
    """gunicorn's reply as far as a stream needs it, without framing."""

    def __init__(self, writer: ReplyWriter) -> None:
        self._writer = writer

    def write(self, piece: bytes) -> None:
        self._writer.sendall(piece)

    def close(self) -> None:
        """There is no framing to end."""


@pytest.fixture
def ends() -> Iterator[SimpleNamespace]:
    with ExitStack() as opened:
        ours, theirs = (opened.enter_context(end) for end in socket.socketpair())
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection = Connection(ours, None, None, lock=threading.Lock(), framing=Framing(1))
        stopping, ended = threading.Event(), []
        writer = ReplyWriter(connection, lambda _: None)
        reply: Any = _Plain(writer)
        going = OpenReply(reply, writer, connection, on_ended=ended.append, is_stopping=stopping.is_set)
        yield SimpleNamespace(
            connection=connection, reply=going, theirs=theirs, stopping=stopping, ended=ended, writer=writer
        )


def test_a_reader_that_falls_behind_is_given_up_and_no_write_waits(ends: SimpleNamespace) -> None:
    pieces = 0
    while ends.reply.send(b"x" * 1024):
        pieces += 1
        assert pieces < 1000
    assert ends.connection.unsent_bytes > MOST_BEHIND_BYTES
    ends.reply.end()
    assert ends.connection.is_broken
    assert ends.ended == [ends.connection]


def test_a_stream_ends_once_and_says_nothing_more(ends: SimpleNamespace) -> None:
    assert ends.reply.send(b"head")
    assert ends.reply.send(b"one")
    assert ends.theirs.recv(100) == b"headone"
    ends.reply.end()
    ends.reply.end()
    assert not ends.reply.send(b"two")
    assert ends.ended == [ends.connection]


def test_a_stream_ends_when_its_reader_leaves_and_when_the_server_stops(ends: SimpleNamespace) -> None:
    assert ends.reply.is_wanted
    ends.stopping.set()
    assert not ends.reply.is_wanted
    ends.stopping.clear()
    ends.connection.has_ended = True
    assert not ends.reply.send(b"one")


@pytest.fixture
def source(ends: SimpleNamespace) -> Iterator[socket.socket]:
    """A service whose stream the gateway passes on to the reader of `ends`."""
    with ExitStack() as opened:
        service, taken = (opened.enter_context(end) for end in socket.socketpair())
        taken.setblocking(False)
        ends.theirs.settimeout(60)
        assert ends.reply.send(b"head,")
        relay.take(taken, ends.reply, b"first", is_chunked=False)
        assert ends.theirs.recv(100) == b"head,first"
        yield service
        service.close()
        wait_until(lambda: ends.ended != [], 60)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_relay_whose_thread_died_goes_on_in_another(
    ends: SimpleNamespace, source: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths: list[int] = []
    receive = _Stream.receive

    def deadly(self: _Stream) -> bool:
        if len(deaths) < 2:
            deaths.append(threading.get_ident())
            raise SystemExit
        return receive(self)

    monkeypatch.setattr(_Stream, "receive", deadly)
    source.send(b"second")
    assert ends.theirs.recv(100) == b"second"
    assert len(deaths) == 2
    assert relay.is_passing_on()


def test_a_stream_that_cannot_be_watched_ends_no_other(ends: SimpleNamespace, source: socket.socket) -> None:
    closed = socket.socket()
    closed.close()
    given_up: list[bool] = []
    other: Any = SimpleNamespace(is_wanted=True, send=len, end=lambda *, is_whole=True: given_up.append(is_whole))
    relay.take(closed, other, b"begun", is_chunked=False)
    wait_until(lambda: given_up == [False], 60)
    source.send(b"second")
    assert ends.theirs.recv(100) == b"second"


def test_a_relay_that_hangs_makes_the_gateway_unhealthy(source: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    receive = _Stream.receive

    def hanging(self: _Stream) -> bool:
        return goes_on.wait(60) and receive(self)

    monkeypatch.setattr(_Stream, "receive", hanging)
    monkeypatch.setattr(standby_thread, "LONGEST_TURN_SECONDS", 2.0)
    source.send(b"second")
    wait_until(lambda: not relay.is_passing_on(), 60)
    goes_on.set()
    wait_until(relay.is_passing_on, 60)
