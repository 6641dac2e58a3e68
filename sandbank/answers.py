"""A success of the bank, and how a reply is told to be one or an error."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sandbank.errors import BankError, NotLoggedInError, OutcomeUnknownError, RefusedError, UnavailableError
from sandbank.transport import Reply, Request

T = TypeVar("T")

SAFE_METHODS = ("GET", "HEAD")
_FILE_NAME = re.compile(r'^attachment; filename="([A-Za-z0-9._-]{1,100})"$', re.ASCII)
_UNCLEAR_STATUSES = (500, 502, 504)
"""What a request that writes may still have been carried out behind."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`data` of the envelope, and the whole `body`. `is_replay`: it was given before, to the same idempotency key."""

    data: T
    body: dict[str, Any]
    status: int = 200
    is_replay: bool = False
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Answer[list[T]]):
    """One page of a list."""

    @property
    def next_cursor(self) -> str | None:
        """Where the list goes on; None on its last page."""
        cursor = self.body.get("next_cursor")
        return None if cursor is None else str(cursor)


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the bank's, and what it is called. `content` is empty where the transport gives it in `pieces`."""

    content: bytes
    content_type: str
    file_name: str
    pieces: Iterable[bytes] | None = None


def read(request: Request, reply: Reply, again: Callable[[], "Answer[Any]"] | None) -> Answer[Any]:
    """The reply as an answer; a file as a Download.

    Raises the BankError that it is otherwise; `again` repeats the request safely.
    """
    is_ok = 200 <= reply.status < 300
    named = _FILE_NAME.search(reply.headers.get("content-disposition", ""))
    if is_ok and (named is not None or reply.pieces is not None):
        name = "" if named is None else named[1]
        file = Download(reply.body, reply.headers.get("content-type", ""), name, reply.pieces)
        return Answer(file, {}, reply.status, request_id=reply.headers.get("x-request-id"))
    body = _object(reply.body)
    if body is None:
        raise _nonsense(request, reply, again)
    if is_ok:
        kind: type[Answer[Any]] = Page if isinstance(body.get("data"), list) else Answer
        is_replay = reply.headers.get("idempotent-replayed") == "true"
        return kind(body.get("data"), body, reply.status, is_replay, reply.headers.get("x-request-id"))
    raise _error(request, reply, body, again)


def no_reply(request: Request, again: Callable[[], "Answer[Any]"] | None) -> BankError:
    """What it means that the bank did not answer in time, or broke off."""
    if request.method in SAFE_METHODS:
        return UnavailableError("The bank did not answer in time, or broke off.", code="DEADLINE_EXCEEDED")
    message = "No answer came: the bank may have done it or not."
    key = request.headers.get("Idempotency-Key")
    return OutcomeUnknownError(message, code="DEADLINE_EXCEEDED", idempotency_key=key, again=again)


def _error(
    request: Request, reply: Reply, body: dict[str, Any], again: Callable[[], "Answer[Any]"] | None
) -> BankError:
    details = body.get("details")
    details = details if isinstance(details, dict) else {}
    message = str(body.get("message") or f"The bank answered {reply.status}.")
    facts: dict[str, Any] = {
        "code": str(body.get("error_code") or "UNKNOWN_ERROR"),
        "status": reply.status,
        "details": details,
        "request_id": body.get("request_id") or reply.headers.get("x-request-id"),
        "retry_after_seconds": _seconds(reply.headers.get("retry-after")),
        "body": body,
    }
    outcome = details.get("outcome", "unknown" if reply.status in _UNCLEAR_STATUSES else "not_done")
    is_unclear = outcome == "unknown"
    if is_unclear and request.method not in SAFE_METHODS:
        key = request.headers.get("Idempotency-Key")
        return OutcomeUnknownError(message, idempotency_key=key, again=again, **facts)
    if reply.status >= 500:
        return UnavailableError(message, **facts)
    if reply.status == 401:
        return NotLoggedInError(message, **facts)
    return RefusedError(message, **facts)


def _nonsense(request: Request, reply: Reply, again: Callable[[], "Answer[Any]"] | None) -> BankError:
    if request.method not in SAFE_METHODS:
        return no_reply(request, again)
    message = f"The address answered {reply.status} in a way that no bank does. Is it the right one?"
    return UnavailableError(message, code="NOT_A_BANK", status=reply.status)


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdecimal() else None
