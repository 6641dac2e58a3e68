"""The reply of a service: its head parsed, its body read at once when small and streamed when not."""

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from gateway.proxy import relay
from shared.serving.open_reply import OpenReply

EVENT_STREAM = "text/event-stream"
READ_AT_ONCE_BYTES = 64 * 1024
_MAX_CHUNK_LINE = 1024


class UpstreamBrokeError(Exception):
    """The connection ended, or spoke nonsense, after the request was sent: the outcome is unknown."""


class Source(Protocol):
    """The connection that a body arrives on."""

    def receive(self) -> bytes:
        """What has arrived; nothing at the end."""

    def release(self) -> None:
        """The reply is complete and the connection good for another."""

    def close(self) -> None:
        """The connection is of no more use."""

    def give_away(self) -> socket.socket:
        """The socket, which is somebody else's from here on; it does not wait any more."""


@dataclass(slots=True)
class Head:
    """`length` is None for a chunked body and for one that ends with the connection."""

    status: int
    status_line: str
    headers: list[tuple[str, str]]
    length: int | None
    is_chunked: bool
    keeps_alive: bool
    body_start: bytes


@dataclass(slots=True)
class Reply:
    """What goes to the client: `201 Created`, end-to-end headers, pieces of the body (it may have a `close`)."""

    status: int
    status_line: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_OURS = HOP_BY_HOP | {"server", "date", "content-length"}


def parse_head(head: bytes, body_start: bytes) -> Head:
    """Read a status line and headers. Raises UpstreamBrokeError for what is not plain HTTP/1."""
    lines = head.decode("latin-1").split("\r\n")
    version, _, status_line = lines[0].partition(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0") or not status_line[:3].isdecimal():
        raise UpstreamBrokeError
    parsed = Head(int(status_line[:3]), status_line, [], None, False, version == "HTTP/1.1", body_start)
    ours = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        lower = name.lower()
        if not colon or (lower == "content-length" and lower in ours):
            raise UpstreamBrokeError
        if lower in _OURS:
            ours[lower] = value.strip(" \t")
        else:
            parsed.headers.append((name, value.strip(" \t")))
    _frame(parsed, ours)
    return parsed


def _frame(head: Head, ours: dict[str, str]) -> None:
    """Where the body ends, and whether the connection goes on after it."""
    length = ours.get("content-length")
    coding = ours.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise UpstreamBrokeError
        head.is_chunked = True
    elif length is not None:
        if not (length.isascii() and length.isdecimal()):
            raise UpstreamBrokeError
        head.length = int(length)
        head.headers.append(("Content-Length", length))
    connection = ours.get("connection", "keep-alive").lower()
    if connection != "keep-alive":
        _apply_connection(head, connection)


def _apply_connection(head: Head, value: str) -> None:
    named = {name.strip() for name in value.split(",")}
    head.keeps_alive = head.keeps_alive and "close" not in named
    extra = named - HOP_BY_HOP - {"close"}
    if extra:
        head.headers = [header for header in head.headers if header[0].lower() not in extra]


def read_reply(source: Source, head: Head, *, has_body: bool) -> Reply:
    """The reply whose head this is. Raises UpstreamBrokeError when a small body does not arrive whole."""
    body: Iterable[bytes]
    if not has_body or head.status in (204, 304):
        _finish(source, head)
        body = ()
    elif head.is_chunked or head.length is None or head.length > READ_AT_ONCE_BYTES:
        body = (Events if _is_of_events(head) else StreamedBody)(source, head)
    else:
        received = head.body_start
        while len(received) < head.length:
            more = source.receive()
            if not more:
                raise UpstreamBrokeError
            received += more
        if len(received) > head.length:
            raise UpstreamBrokeError
        _finish(source, head)
        body = (received,)
    return Reply(head.status, head.status_line, head.headers, body)


def _finish(source: Source, head: Head) -> None:
    if head.keeps_alive:
        source.release()
    else:
        source.close()


class StreamedBody:
    """A body passed on piece by piece. What breaks off raises, so that the client never takes a part for the whole."""

    def __init__(self, source: Source, head: Head) -> None:
        self._source: Source | None = source
        self._head = head
        self._buffer = head.body_start
        if head.is_chunked:
            self._pieces = self._chunks()
        else:
            self._pieces = self._until_end() if head.length is None else self._measured()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except (OSError, ValueError):
            raise UpstreamBrokeError from None

    def close(self) -> None:
        """Called by the server at the end, or when the client has gone: an unfinished connection is of no more use."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _complete(self) -> None:
        if self._source is not None:
            _finish(self._source, self._head)
            self._source = None

    def _receive(self) -> bytes:
        more = self._source.receive() if self._source is not None else b""
        if not more:
            raise UpstreamBrokeError
        return more

    def _measured(self) -> Iterator[bytes]:
        left = self._head.length or 0
        piece = self._buffer
        while True:
            left -= len(piece)
            if left < 0:
                raise UpstreamBrokeError
            if left == 0:
                self._complete()
            if piece:
                yield piece
            if left == 0:
                return
            piece = self._receive()

    def _until_end(self) -> Iterator[bytes]:
        self._head.keeps_alive = False
        piece = self._buffer
        while self._source is not None:
            if piece:
                yield piece
            piece = self._source.receive()
            if not piece:
                self._complete()

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = int(self._line().partition(b";")[0], 16)
            if size < 0:
                raise UpstreamBrokeError
            if size == 0:
                while self._line():
                    pass
                if self._buffer:
                    raise UpstreamBrokeError
                self._complete()
                return
            left = size
            while left:
                if not self._buffer:
                    self._buffer = self._receive()
                piece, self._buffer = self._buffer[:left], self._buffer[left:]
                left -= len(piece)
                yield piece
            if self._line():
                raise UpstreamBrokeError

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MAX_CHUNK_LINE:
                raise UpstreamBrokeError
            self._buffer += self._receive()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line


class Events(StreamedBody):
    """Events that are passed on as they come, for minutes, without a thread of their own (gateway/proxy/relay.py)."""

    def go_on(self, reply: OpenReply) -> None:
        """Have the relay pass on the rest. Waits for nothing."""
        if self._source is not None:
            source, self._source = self._source, None
            relay.take(source.give_away(), reply, self._buffer, is_chunked=self._head.is_chunked)


def _is_of_events(head: Head) -> bool:
    """Whether these are server-sent events."""
    return any(name.lower() == "content-type" and value.startswith(EVENT_STREAM) for name, value in head.headers)
