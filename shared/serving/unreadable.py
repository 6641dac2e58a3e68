"""What a client is told whose request no application ever sees: it could not be read, or was not sent in time."""

import html
import json
import re

from gunicorn.http import errors

from shared.http.errors import envelope
from shared.identifiers import new_id
from shared.refusals import (
    HEAD_TOO_LARGE,
    INTERNAL,
    MALFORMED,
    TARGET_TOO_LONG,
    TOO_SLOW,
    UNSUPPORTED_CODING,
    Refusal,
    Refused,
)
from shared.serving.framing import MAX_FIELD_BYTES, MAX_FIELDS, MAX_HEAD_BYTES, MAX_LINE_BYTES

_REASONS = {
    400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip
_FIGURES = {
    TARGET_TOO_LONG.code: {"limit_bytes": MAX_LINE_BYTES},
    HEAD_TOO_LARGE.code: {
        "limit_bytes": MAX_HEAD_BYTES,
        "limit_bytes_each": MAX_FIELD_BYTES,
        "limit_headers": MAX_FIELDS,
    },
}
_WANTS_PAGE = re.compile(rb"\r\naccept:[^\r\n]*text/html", re.IGNORECASE)
_IS_FOR_API = re.compile(rb"\s*[A-Za-z]+ +/api[/ ?]")
_KINDS: tuple[tuple[type[Exception], Refusal], ...] = (
    (errors.LimitRequestLine, TARGET_TOO_LONG),
    (errors.LimitRequestHeaders, HEAD_TOO_LARGE),
    (errors.UnsupportedTransferCoding, UNSUPPORTED_CODING),
    (errors.ParseException, MALFORMED),
    (errors.NoMoreData, MALFORMED),
    (TimeoutError, TOO_SLOW),
)


def refusal_for(error: Exception) -> Refusal:
    """What a failure to read a request comes to."""
    return next((refusal for kind, refusal in _KINDS if isinstance(error, kind)), INTERNAL)


def reply_to_unreadable(refusal: Refusal, received: bytes | bytearray) -> bytes:
    """The whole reply: the envelope of the API, or a plain page where a browser asked for one. The connection ends."""
    start = bytes(received[:4096])
    request_id = new_id()
    if _WANTS_PAGE.search(start) and not _IS_FOR_API.match(start):
        content_type = "text/html; charset=utf-8"
        title = f"{refusal.status} {_REASONS[refusal.status]}"
        body = (
            f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>'
            f"<p>{html.escape(refusal.message)}</p><p>Request {request_id}</p></html>"
        ).encode()
    else:
        content_type = "application/json"
        body = json.dumps(envelope(Refused(refusal, details=_FIGURES.get(refusal.code, {})), request_id)).encode()
    seconds = refusal.retry_after_seconds
    retry_after = f"Retry-After: {seconds}\r\n" if seconds is not None else ""
    head = (
        f"HTTP/1.1 {refusal.status} {_REASONS[refusal.status]}\r\nConnection: close\r\nContent-Type: {content_type}\r\n"
        f"{retry_after}"
        f"Content-Length: {len(body)}\r\nX-Request-ID: {request_id}\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode() + body
