"""What the gateway itself says no with, in the envelope that every service has."""

import json

from gateway.proxy.upstream_reply import Reply
from shared.http.errors import envelope
from shared.network.http_client import REQUEST_ID_HEADER
from shared.refusals import METHOD_NOT_ALLOWED, Refused

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REASONS = {
    400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip
API_HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
]
_ERROR_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


def refusal_reply(refused: Refused, request_id: str) -> Reply:
    """The reply for a refusal of the request with this id."""
    status = refused.refusal.status
    body = json.dumps(envelope(refused, request_id), separators=(",", ":")).encode()
    headers = [
        ("Content-Length", str(len(body))),
        (REQUEST_ID_HEADER, request_id),
        *_ERROR_HEADERS,
        *API_HEADERS,
    ]
    if refused.retry_after is not None:
        headers.append(("Retry-After", str(refused.retry_after)))
    if status == METHOD_NOT_ALLOWED.status:
        headers.append(("Allow", ", ".join(sorted(METHODS))))
    return Reply(status, f"{status} {_REASONS[status]}", headers, (body,))
