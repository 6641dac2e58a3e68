"""Passes events on from services to whoever reads along: all of them in one thread, none in a thread of its own.

A stream ends with its service, with its reader, or with this server; a reader that falls behind is given up
(shared/serving/open_reply.py), and then the service's end is closed, so that it stops too. Should the thread die,
another takes the streams over (shared/serving/standby_thread.py).
"""

import contextlib
import selectors
import socket
import ssl
import threading
from collections import deque

import structlog

from shared.serving.open_reply import OpenReply
from shared.serving.standby_thread import StandbyThread

logger = structlog.get_logger(__name__)

_PIECE_BYTES = 64 * 1024
_LOOK_SECONDS = 1.0
_LONGEST_LINE = 1024


class _BrokeError(Exception):
    """What came is no body that goes on."""


class _Chunks:
    """Takes the framing off a chunked body that comes bit by bit."""

    def __init__(self) -> None:
        self._waiting = b""
        self._left = -1
        """How much of a chunk is still to come, with its line end; -1 where its length is."""
        self.is_over = False

    def take(self, received: bytes) -> bytes:
        """What is in it of the body. Raises _BrokeError."""
        self._waiting += received
        found = b""
        while not self.is_over and self._waiting:
            if self._left < 0:
                line, end, rest = self._waiting.partition(b"\r\n")
                if not end:
                    if len(line) > _LONGEST_LINE:
                        raise _BrokeError
                    break
                try:
                    size = int(line.partition(b";")[0], 16)
                except ValueError:
                    raise _BrokeError from None
                if size < 0:
                    raise _BrokeError
                self._waiting, self._left, self.is_over = rest, size + 2, size == 0
            elif self._left > 2:
                piece = self._waiting[: self._left - 2]
                found += piece
                self._waiting, self._left = self._waiting[len(piece) :], self._left - len(piece)
            else:
                skipped = min(self._left, len(self._waiting))
                self._waiting, self._left = self._waiting[skipped:], self._left - skipped
                self._left = self._left or -1
        return found


class _Stream:
    def __init__(self, source: socket.socket, reply: OpenReply, *, is_chunked: bool) -> None:
        self.source = source
        self.reply = reply
        self._chunks = _Chunks() if is_chunked else None

    def pass_on(self, received: bytes) -> bool:
        """Hand on what has come; whether more is to come. Raises _BrokeError."""
        piece = received if self._chunks is None else self._chunks.take(received)
        is_read = self.reply.send(piece) if piece else self.reply.is_wanted
        return is_read and not (self._chunks is not None and self._chunks.is_over)

    def receive(self) -> bool:
        """Take what is there, and hand it on; whether more is to come. Raises _BrokeError and OSError."""
        while True:
            try:
                received = self.source.recv(_PIECE_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                return True
            if not received:
                if self._chunks is not None:
                    raise _BrokeError
                return False
            if not self.pass_on(received):
                return False


class _Relay:
    def __init__(self) -> None:
        self._new: deque[_Stream] = deque()
        self._streams: set[_Stream] = set()
        self.thread = StandbyThread("relay", has_work=lambda: bool(self._streams or self._new), turn=self._turn)
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def take(self, stream: _Stream) -> None:
        """From here on it is passed on."""
        with self.thread.lock:
            self._new.append(stream)
            self.thread.begin()
        with contextlib.suppress(BlockingIOError):  # it has not even begun with those before
            self._wake.send(b"\0")

    def _turn(self) -> None:
        while self._new:
            stream = self._new[0]
            is_watched = self._watch(stream)
            self._new.popleft()
            if is_watched:
                self._advance(stream)
        for key, _ in self._selector.select(_LOOK_SECONDS):
            if key.data is None:
                self._woken.recv(4096)
            else:
                self._advance(key.data)
        for stream in [one for one in self._streams if not one.reply.is_wanted]:
            self._end(stream)

    def _watch(self, stream: _Stream) -> bool:
        """Wait for what comes of it; whether that can be done."""
        self._streams.add(stream)
        try:
            self._selector.register(stream.source, selectors.EVENT_READ, stream)
        except KeyError:  # a thread that died had come so far
            return True
        except (ValueError, OSError):  # its socket is no more
            self._end(stream, is_whole=False)
            return False
        return True

    def _advance(self, stream: _Stream) -> None:
        try:
            if not stream.receive():
                self._end(stream)
        except (_BrokeError, OSError):
            self._end(stream, is_whole=False)
        except Exception:  # whatever it was, the others go on
            logger.exception("stream_not_passed_on")
            self._end(stream, is_whole=False)

    def _end(self, stream: _Stream, *, is_whole: bool = True) -> None:
        self._streams.discard(stream)
        with contextlib.suppress(KeyError, ValueError):  # it was never watched
            self._selector.unregister(stream.source)
        stream.source.close()
        stream.reply.end(is_whole=is_whole)


_lock = threading.Lock()
_relays: list[_Relay] = []


def is_passing_on() -> bool:
    """Whether what comes is passed on: for the health of the gateway."""
    return all(relay.thread.is_well() for relay in _relays)


def take(source: socket.socket, reply: OpenReply, received: bytes, *, is_chunked: bool) -> None:
    """Pass on what comes from the source from here on, after what was received already. Waits for nothing."""
    stream = _Stream(source, reply, is_chunked=is_chunked)
    try:
        goes_on = stream.pass_on(received)
    except _BrokeError:
        source.close()
        reply.end(is_whole=False)
        return
    if not goes_on:
        source.close()
        reply.end()
        return
    with _lock:
        if not _relays:
            _relays.append(_Relay())
    _relays[0].take(stream)
