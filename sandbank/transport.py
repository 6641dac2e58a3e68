"""What carries one request to the bank and its reply back. The client's own is `HttpTransport`; others may stand in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` begins with a slash and holds the query; `body` is JSON, encoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Whatever the bank answered. Header names are lower-case.

    A transport may leave a file where it is: `pieces` are then read by whoever passes them on, and `body` is empty.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None


class NotSentError(Exception):
    """No connection could be made: the bank has seen nothing of the request. Its text says who was asked."""


class NoReplyError(Exception):
    """The request was sent, or may have been, and no reply came: what became of it is not known.

    `is_timeout` tells a deadline that passed from a connection that broke off.
    """

    def __init__(self, address: str, *, is_timeout: bool = False) -> None:
        super().__init__(address)
        self.is_timeout = is_timeout


class Transport(Protocol):
    """Sends each request once, and never again by itself. Used by several threads at once."""

    def send(self, request: Request, seconds: float) -> Reply:
        """The reply, within so many seconds. Raises NotSentError or NoReplyError."""
