"""gunicorn's `Response` with its head made in fewer steps: the names that replies use and the date are made once."""

import time
from functools import lru_cache
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName
from gunicorn.http.message import TOKEN_RE

_LENGTH, _OF_THIS_HOP = "length", "hop"
_FIRST_WITH_BODY, _WITHOUT_BODY = 200, (204, 304)


class Reply(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """As strict as its base: a header that is none fails the reply before anything of it is sent."""

    status: str | None

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Take the application's status and headers. Raises what its base does."""
        code = _code(status) if isinstance(status, str) else None
        if code is None or exc_info or self.status is not None or self.req.method == "HEAD":
            return super().start_response(status, headers, exc_info)
        self.status, self.status_code = status, code
        self.process_headers(headers)
        self.chunked = self.response_length is None and self.is_chunked()
        return self.write

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Take the application's headers. Raises InvalidResponseHeader and InvalidResponseHeaderName; TypeError."""
        are_plain = _are_plain(headers)
        for name, value in headers:
            kind = _kind(name)
            if not are_plain and not wsgi.HEADER_VALUE_RE.fullmatch(value):
                raise InvalidResponseHeader(repr(name))
            if kind is _OF_THIS_HOP:
                continue
            stripped = value.strip(" \t")
            if kind is _LENGTH:
                self.response_length = int(stripped)
            self.headers.append((name, stripped))

    def write(self, arg: bytes) -> None:
        """Send a piece of the body; the whole of it, as nearly always, with the head in one call to the system."""
        if self.headers_sent or self._omits_body or type(arg) is not bytes or len(arg) != self.response_length:
            super().write(arg)
            return
        self.send_headers()
        self.sent = len(arg)
        self.sock.sendall(arg)

    def default_headers(self) -> list[str]:
        """The lines that the server itself says first."""
        major, minor = self.req.version
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            f"Server: {self.version}\r\n",
            f"Date: {_date(int(time.time()))}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        return lines


def _are_plain(headers: list[tuple[str, str]]) -> bool:
    """Whether all values may be sent, seen at one glance; where not, they are looked at one by one."""
    try:
        return wsgi.HEADER_VALUE_RE.fullmatch("".join([value for _, value in headers])) is not None
    except TypeError:
        return False


@lru_cache(256)
def _code(status: str) -> int | None:
    """What a status with a body begins with; None for what is none, or has no body."""
    code = int(status[:3]) if wsgi.STATUS_RE.fullmatch(status) else 0
    return code if code >= _FIRST_WITH_BODY and code not in _WITHOUT_BODY else None


@lru_cache(512)
def _kind(name: str) -> str | None:
    """What the server has to know of a header of this name. Raises InvalidResponseHeaderName."""
    if not TOKEN_RE.fullmatch(name):
        raise InvalidResponseHeaderName(repr(name))
    if util.is_hoppish(name):
        return _OF_THIS_HOP
    return _LENGTH if name.lower() == "content-length" else None


@lru_cache(2)
def _date(second: int) -> str:
    return str(util.http_date(second))
