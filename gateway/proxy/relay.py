"""Passes events on from services to whoever reads along: all of them in one thread, none in a thread of its own.

A stream ends with its service, with its reader, or with this server; a reader that falls behind is given up
(shared/serving/open_reply.py), and then the service's end is closed, so that it stops too.
"""

import contextlib
import selectors
import socket
import ssl
import threading
from collections import deque

import structlog

from shared.serving.open_reply import OpenReply

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
        self._lock = threading.Lock()
        self._new: deque[_Stream] = deque()
        self._streams: set[_Stream] = set()
        self._thread: threading.Thread | None = None
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)

    def take(self, stream: _Stream) -> None:
        """From here on it is passed on."""
        with self._lock:
            self._new.append(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
                self._thread.start()
        with contextlib.suppress(BlockingIOError):  # it has not even begun with those before
            self._wake.send(b"\0")

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            while self._goes_on():
                while self._new:
                    stream = self._new.popleft()
                    self._streams.add(stream)
                    selector.register(stream.source, selectors.EVENT_READ, stream)
                    self._advance(selector, stream)
                for key, _ in selector.select(_LOOK_SECONDS):
                    if key.data is None:
                        self._woken.recv(4096)
                    else:
                        self._advance(selector, key.data)
                for stream in [one for one in self._streams if not one.reply.is_wanted]:
                    self._end(selector, stream)

    def _goes_on(self) -> bool:
        with self._lock:
            if self._streams or self._new:
                return True
            self._thread = None
            return False

    def _advance(self, selector: selectors.BaseSelector, stream: _Stream) -> None:
        try:
            if not stream.receive():
                self._end(selector, stream)
        except (_BrokeError, OSError):
            self._end(selector, stream, is_whole=False)
        except Exception:  # whatever it was, the others go on
            logger.exception("stream_not_passed_on")
            self._end(selector, stream, is_whole=False)

    def _end(self, selector: selectors.BaseSelector, stream: _Stream, *, is_whole: bool = True) -> None:
        self._streams.discard(stream)
        selector.unregister(stream.source)
        stream.source.close()
        stream.reply.end(is_whole=is_whole)


_lock = threading.Lock()
_relays: list[_Relay] = []


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
