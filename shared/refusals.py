"""Ways to say no: what a refusal is, and those that every service shares. Pure, so that domain code may use it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """One way to say no: a stable code, its HTTP status, a sentence for people, and whether trying again can help."""

    code: str
    status: int
    message: str
    retryable: bool = False
    retry_after_seconds: int | None = None


@dataclass
class Refused(Exception):  # noqa: N818 (the word the ledger uses)
    """Raised to answer a request with a refusal. `message` replaces the refusal's own sentence, `details` is added."""

    refusal: Refusal
    message: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    retry_after_seconds: int | None = None

    def __str__(self) -> str:
        return f"{self.refusal.code}: {self.message or self.refusal.message}"


MALFORMED = Refusal("MALFORMED_REQUEST", 400, "The request could not be read.")
VALIDATION = Refusal("VALIDATION_ERROR", 422, "Some fields are not valid.")
UNAUTHENTICATED = Refusal("UNAUTHENTICATED", 401, "Sign in first: the request carries no valid access token.")
TOKEN_EXPIRED = Refusal("TOKEN_EXPIRED", 401, "The access token has expired; refresh it.")
FORBIDDEN = Refusal("FORBIDDEN", 403, "You may not do this.")
NOT_FOUND = Refusal("NOT_FOUND", 404, "There is nothing here, or it is not yours.")
METHOD_NOT_ALLOWED = Refusal("METHOD_NOT_ALLOWED", 405, "This address does not answer that method.")
TOO_LARGE = Refusal("PAYLOAD_TOO_LARGE", 413, "The request body is too large.")
TARGET_TOO_LONG = Refusal("URI_TOO_LONG", 414, "The address is too long.")
HEAD_TOO_LARGE = Refusal("HEADERS_TOO_LARGE", 431, "The request's headers are too large.")
TOO_SLOW = Refusal("REQUEST_TIMEOUT", 408, "The request did not arrive in time.", retryable=True)
UNSUPPORTED_CODING = Refusal("NOT_IMPLEMENTED", 501, "Only the transfer coding chunked is understood.")
UNSUPPORTED_MEDIA_TYPE = Refusal("UNSUPPORTED_MEDIA_TYPE", 415, "Send JSON: Content-Type: application/json.")
RATE_LIMITED = Refusal("RATE_LIMITED", 429, "Too many requests; wait a moment.", retryable=True, retry_after_seconds=1)
IDEMPOTENCY_KEY_INVALID = Refusal(
    "IDEMPOTENCY_KEY_INVALID", 400, "An Idempotency-Key is 1 to 255 visible ASCII characters."
)
IDEMPOTENCY_KEY_REUSED = Refusal(
    "IDEMPOTENCY_KEY_REUSED", 422, "This Idempotency-Key was used for a different request; nothing was done."
)
IDEMPOTENCY_KEY_IN_FLIGHT = Refusal(
    "IDEMPOTENCY_KEY_IN_FLIGHT",
    409,
    "A request with this Idempotency-Key is still being carried out; ask again.",
    retryable=True,
    retry_after_seconds=1,
)
INTERNAL = Refusal("INTERNAL_ERROR", 500, "Something went wrong on our side; the request id helps us find it.")
UNAVAILABLE = Refusal(
    "SERVICE_UNAVAILABLE",
    503,
    "A part of the bank is away; try again shortly.",
    retryable=True,
    retry_after_seconds=1,
)
STORAGE_FULL = Refusal("STORAGE_FULL", 507, "The bank's storage is full; nothing was done.", retryable=True)
DEADLINE_EXCEEDED = Refusal(
    "DEADLINE_EXCEEDED",
    504,
    "No answer in time. The outcome is unknown: ask again with the same Idempotency-Key.",
    retryable=True,
)

GENERAL_REFUSALS: tuple[Refusal, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Refusal))
