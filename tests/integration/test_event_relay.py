"""What the gateway passes on of a stream, however it arrives; and when a reader is given up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.proxy.relay import _BrokeError, _Chunks
from shared.serving.connection import Connection
from shared.serving.framing import Framing
from shared.serving.open_reply import MOST_BEHIND_BYTES, OpenReply
from shared.serving.reply_writer import ReplyWriter

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
