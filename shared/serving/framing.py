"""Where a request ends in what has been received so far. Pure: bytes in, positions out.

This decides only *when* a request is handed to a thread, never what it says: the bytes are read again there, by one
expression where they are ordinary, and by gunicorn's own strict parser where anything looks odd, for that to refuse.
"""

import re
from typing import NamedTuple

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Said here, because gunicorn's first process loads the server alone, and nothing that an application is made of."""
MAX_LINE_BYTES = 4094
MAX_FIELD_BYTES = 8190
MAX_FIELDS = 100
"""What gunicorn's parser takes of a first line and of headers; its own defaults, said here for those it refuses."""
_MAX_FIRST_LINE_BYTES = 8 * 1024
_MAX_CHUNK_LINE_BYTES = 8 * 1024
_MAX_LENGTH_DIGITS = 15
_MAX_WRAPPING_BYTES = 256 * 1024
"""Sizes of chunks cost time to read, whoever reads them, and chunks of a few bytes each are nothing else."""
_LAST_CHUNK = 0
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding|expect):[ \t]*([^\r\n]*)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:[ \t]*;[^\r\n]*)?")
"""The whole line, as gunicorn's parser reads it: half of a number would end the request somewhere else."""


class RequestBounds(NamedTuple):
    """A request that can be handed over: `head_size` bytes of head, `size` in all.

    `is_last`: what follows on the connection cannot be told apart from this request's body, so nothing of it is read.
    """

    head_size: int
    size: int
    is_last: bool = False


class Framing:
    """Follows one request as it arrives; `find_end` is asked after each piece.

    `max_body_bytes` bounds what is waited for. A body that says it is larger is not waited for at all: the application
    refuses it by its head.
    """

    __slots__ = (
        "_decoded_bytes",
        "_head_size",
        "_length",
        "_max_body_bytes",
        "_next_chunk",
        "_searched",
        "is_expecting",
    )

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        self._head_size = 0
        self._searched = 0
        self._length: int | None = 0
        self._next_chunk = 0
        self._decoded_bytes = 0
        self.is_expecting = False
        """Whether the client waits for `100 Continue` before it sends its body."""

    def find_end(self, received: bytearray) -> RequestBounds | None:
        """The request at the beginning of `received`; None while more of it has to come."""
        if not self._head_size:
            end = received.find(b"\r\n\r\n", max(0, self._searched - 3))
            if end < 0:
                return self._unfinished_head(received)
            self._read_head(received, end + 4)
        if self._length is None:
            return self._end_of_chunks(received)
        if self._length > self._max_body_bytes:
            return RequestBounds(self._head_size, self._head_size, is_last=True)
        size = self._head_size + self._length
        return RequestBounds(self._head_size, size) if len(received) >= size else None

    def _unfinished_head(self, received: bytearray) -> RequestBounds | None:
        """None while it may become a head; else all of it, to be refused."""
        new = received[max(0, self._searched - 1) :]
        self._searched = len(received)
        has_bare_line_feed = new.count(b"\n") != new.count(b"\r\n") + new.startswith(b"\n")
        is_too_long = len(received) > MAX_HEAD_BYTES
        if not is_too_long and len(received) > _MAX_FIRST_LINE_BYTES:
            is_too_long = received.find(b"\r\n", 0, _MAX_FIRST_LINE_BYTES) < 0
        if is_too_long or has_bare_line_feed:
            return RequestBounds(len(received), len(received), is_last=True)
        return None

    def _read_head(self, received: bytearray, size: int) -> None:
        self._head_size = self._next_chunk = size
        lengths: list[bytes] = []
        codings: list[bytes] = []
        for name, value in _FRAMING.findall(received, 0, size):
            said = value.strip(b" \t").lower()
            if name[:1] in b"eE":
                self.is_expecting = said == b"100-continue"
            else:
                (codings if name[:1] in b"tT" else lengths).append(said)
        if codings:  # both, or another coding: the parser refuses that by the head alone
            self._length = None if not lengths and codings == [b"chunked"] else 0
        elif lengths:
            self._length = _number(lengths[0], self._max_body_bytes)

    def _end_of_chunks(self, received: bytearray) -> RequestBounds | None:
        everything = RequestBounds(self._head_size, len(received), is_last=True)
        while self._next_chunk < len(received):
            end = received.find(b"\r\n", self._next_chunk)
            if end < 0:
                is_line_too_long = len(received) - self._next_chunk > _MAX_CHUNK_LINE_BYTES
                return everything if is_line_too_long else None
            size = _CHUNK_SIZE.fullmatch(received, self._next_chunk, end)
            is_wrapping = self._next_chunk - self._head_size - self._decoded_bytes > _MAX_WRAPPING_BYTES
            if size is None or is_wrapping:
                return everything
            length = int(size[1], 16)
            if length == _LAST_CHUNK:
                return self._end_of_trailers(received, end)
            missing = self._max_body_bytes + 1 - self._decoded_bytes
            if length >= missing:
                return everything if len(received) >= end + 2 + missing else None
            self._decoded_bytes += length
            self._next_chunk = end + 2 + length + 2
        return None

    def _end_of_trailers(self, received: bytearray, line_end: int) -> RequestBounds | None:
        end = received.find(b"\r\n\r\n", line_end)
        if end >= 0:
            return RequestBounds(self._head_size, end + 4)
        if len(received) - line_end > _MAX_CHUNK_LINE_BYTES:
            return RequestBounds(self._head_size, len(received), is_last=True)
        return None


def _number(text: bytes, too_many: int) -> int:
    """The length said; nothing for what is no number, and more than the limit for one that nobody could send."""
    if not text.isdigit():
        return 0
    digits = text.lstrip(b"0")
    return int(digits or b"0") if len(digits) <= _MAX_LENGTH_DIGITS else too_many + 1
