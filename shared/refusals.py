"""Ways to say no: what a refusal is, and those that every service shares. Pure, so that domain code may use it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """One way to say no: a stable code, its HTTP status, a sentence for people, and whether trying again can help.

    `when`, `remedy`, `example` and `sometimes` are for the catalogue of errors: what leads to it, what to do about it,
    the `details` that every such reply carries (its names and figures, so that a client can put the sentence into its
    own language), and those that only some carry.
    """

    code: str
    status: int
    message: str
    retryable: bool = False
    retry_after_seconds: int | None = None
    when: str = field(default="", compare=False)
    remedy: str = field(default="", compare=False)
    example: Mapping[str, Any] = field(default_factory=dict, compare=False)
    sometimes: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass
class Refused(Exception):  # noqa: N818 (the word the ledger uses)
    """Raised to answer a request with a refusal. `message` replaces the refusal's own sentence, `details` is added."""

    refusal: Refusal
    message: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    retry_after_seconds: int | None = None

    def __str__(self) -> str:
        return f"{self.refusal.code}: {self.message or self.refusal.message}"

    @property
    def retry_after(self) -> int | None:
        """After how many seconds asking again can help; None where nobody can tell, or it cannot."""
        return self.retry_after_seconds or self.refusal.retry_after_seconds


def envelope_of(refused: Refused, request_id: str | None) -> dict[str, Any]:
    """The error body of API.md for this refusal; `details` say when to ask again, as the header does."""
    wait = refused.retry_after
    return {
        "success": False,
        "message": refused.message or refused.refusal.message,
        "error_code": refused.refusal.code,
        "details": refused.details if wait is None else {**refused.details, "retry_after_seconds": wait},
        "request_id": request_id,
    }


OUTCOME_UNKNOWN = {"outcome": "unknown"}
"""Details of a refusal after which what was asked for may have been done or not."""
OUTCOME_NOT_DONE = {"outcome": "not_done"}
"""Details of a refusal that came before anything was begun."""

MALFORMED = Refusal(
    "MALFORMED_REQUEST",
    400,
    "The request could not be read.",
    when="The body is not JSON, is not an object, or says something twice.",
    remedy="Send one JSON object in UTF-8; the message says what is wrong with this one.",
)
UNKNOWN_HOST = Refusal(
    "UNKNOWN_HOST",
    400,
    "The bank does not answer under this name.",
    when="The `Host` of the request is none that the bank answers under.",
    remedy="Use the address that whoever runs the bank gave you; they can allow more in `GATEWAY_HOSTS`.",
)
VALIDATION = Refusal(
    "VALIDATION_ERROR",
    422,
    "Some fields are not valid.",
    when="The request can be read, but a field or parameter is missing, unknown or not as described.",
    remedy="`details.fields` says for each field what is wrong; `details.problems` says the same as codes and figures.",
    example={
        "fields": {"amount": "must be more than zero"},
        "problems": {"amount": {"code": "amount_zero"}},
    },
)
UNAUTHENTICATED = Refusal(
    "UNAUTHENTICATED",
    401,
    "Log in first: the request carries no valid access token.",
    when="There is no access token, or it was not issued by this bank, or its session has ended.",
    remedy="Log in at `/api/auth/login` and send `Authorization: Bearer <access token>`.",
)
TOKEN_EXPIRED = Refusal(
    "TOKEN_EXPIRED",
    401,
    "The access token has expired; refresh it.",
    when="The access token was valid until a moment ago.",
    remedy="Exchange the refresh token at `/api/auth/refresh` and send the request again.",
)
FORBIDDEN = Refusal(
    "FORBIDDEN",
    403,
    "You may not do this.",
    when="Whoever asks has neither the role nor the scope that this needs.",
    remedy="Ask as somebody with one of `details.roles`, or with a token that has `details.scope`; where neither is "
    "named, only the one whose it is may.",
    example={"roles": ["employee", "admin"], "scope": None, "role": "customer"},
)
OWN_INTEREST = Refusal(
    "OWN_INTEREST",
    403,
    "Somebody else who works here has to do this: it concerns an account of your own.",
    when="Somebody acts with the rights of staff on what concerns an account of their own, or decides what they "
    "have opened.",
    remedy="Ask a colleague.",
)
NOT_FOUND = Refusal(
    "NOT_FOUND",
    404,
    "There is nothing here, or it is not yours.",
    when="The address or the id names nothing, or something of somebody else's: the two cannot be told apart.",
    remedy="Check the id; list what is yours.",
)
METHOD_NOT_ALLOWED = Refusal(
    "METHOD_NOT_ALLOWED",
    405,
    "This address does not answer that method.",
    when="The path exists, but not for this HTTP method.",
    remedy="Use one of the methods in the `Allow` header.",
)
TOO_LARGE = Refusal(
    "PAYLOAD_TOO_LARGE",
    413,
    "The request body is too large.",
    when="The body is larger than `details.limit_bytes`.",
    remedy="Send less at once, such as a batch in two.",
    example={"limit_bytes": 4_194_304},
)
TARGET_TOO_LONG = Refusal(
    "URI_TOO_LONG",
    414,
    "The address is too long.",
    when="The first line of the request, the path with its query, is longer than `details.limit_bytes`.",
    remedy="Shorten the query.",
    example={"limit_bytes": 4094},
)
HEAD_TOO_LARGE = Refusal(
    "HEADERS_TOO_LARGE",
    431,
    "The request's headers are too large.",
    when="The headers together are longer than `details.limit_bytes`, one of them is longer than "
    "`details.limit_bytes_each`, or there are more than `details.limit_headers`.",
    remedy="Send fewer or shorter headers, such as cookies.",
    example={"limit_bytes": 65_536, "limit_bytes_each": 8190, "limit_headers": 100},
)
TOO_SLOW = Refusal(
    "REQUEST_TIMEOUT",
    408,
    "The request did not arrive in time.",
    retryable=True,
    when="The head or the body of the request came too slowly; nothing was done.",
    remedy="Send it again, whole.",
)
UNSUPPORTED_CODING = Refusal(
    "NOT_IMPLEMENTED",
    501,
    "Only the transfer coding chunked is understood.",
    when="The header `Transfer-Encoding` names another coding than `chunked`.",
    remedy="Send the body with its length, or chunked.",
)
UNSUPPORTED_MEDIA_TYPE = Refusal(
    "UNSUPPORTED_MEDIA_TYPE",
    415,
    "Send JSON: Content-Type: application/json.",
    when="The body is of another type than JSON, or is compressed.",
    remedy="Send it uncompressed as `application/json`.",
)
RATE_LIMITED = Refusal(
    "RATE_LIMITED",
    429,
    "Too many requests; wait a moment.",
    retryable=True,
    retry_after_seconds=1,
    when="More requests came from one address or one person than the bank answers in `details.window_seconds`.",
    remedy="Wait as long as `Retry-After` says, then send the same request again.",
    example={"limit": 3000, "window_seconds": 60},
)
IDEMPOTENCY_KEY_INVALID = Refusal(
    "IDEMPOTENCY_KEY_INVALID",
    400,
    "An Idempotency-Key is 1 to 255 visible ASCII characters.",
    when="The header is empty, longer than `details.limit`, sent twice, or holds other characters.",
    remedy="Send a new UUID for each thing that is to be done.",
    example={"limit": 255},
)
IDEMPOTENCY_KEY_REUSED = Refusal(
    "IDEMPOTENCY_KEY_REUSED",
    422,
    "This Idempotency-Key was used for a different request; nothing was done.",
    when="The key already stands for a request with another content.",
    remedy="Use a new key for a new request, and the same one only to repeat the very same request.",
)
IDEMPOTENCY_KEY_IN_FLIGHT = Refusal(
    "IDEMPOTENCY_KEY_IN_FLIGHT",
    409,
    "A request with this Idempotency-Key is still being carried out; ask again.",
    retryable=True,
    retry_after_seconds=1,
    when="The first request with this key has not been answered yet.",
    remedy="Send the same request again after `Retry-After`; it will be given the first one's answer.",
)
INTERNAL = Refusal(
    "INTERNAL_ERROR",
    500,
    "Something went wrong on our side; the request id helps us find it.",
    when="Something happened that nobody foresaw.",
    remedy="Report it with the `request_id`. A payment may be sent again with the same Idempotency-Key.",
    sometimes=OUTCOME_UNKNOWN,
)
UNAVAILABLE = Refusal(
    "SERVICE_UNAVAILABLE",
    503,
    "A part of the bank is away; try again shortly.",
    retryable=True,
    retry_after_seconds=1,
    when="A service or its storage is away or busy. What was asked for has not been done, unless `details.outcome` is "
    "`unknown`.",
    remedy="Send the same request again after `Retry-After`, a payment with the same Idempotency-Key.",
    sometimes={"service": "account-service", "outcome": "unknown"},
)
STORAGE_FULL = Refusal(
    "STORAGE_FULL",
    507,
    "The bank's storage is full; nothing was done.",
    retryable=True,
    when="The disk that the bank writes to is full. `details.outcome` is `unknown` where a part of a batch is done.",
    remedy="Whoever runs the bank makes room; reading works meanwhile. A batch is sent again with the same keys.",
    sometimes=OUTCOME_UNKNOWN,
)
DEADLINE_EXCEEDED = Refusal(
    "DEADLINE_EXCEEDED",
    504,
    "No answer in time. The outcome is unknown: ask again with the same Idempotency-Key.",
    retryable=True,
    when="The answer took longer than whoever asked was going to wait. `details.outcome` is `not_done` where nothing "
    "was begun.",
    remedy="Send the same request again with the same Idempotency-Key: it is done once, whatever happened.",
    example=OUTCOME_UNKNOWN,
)


def forbidden(message: str, *, role: str | None, roles: Iterable[str] = (), scope: str | None = None) -> Refused:
    """The 403 for somebody with this role: `roles` and `scope` are what any one of would do."""
    return Refused(FORBIDDEN, message, {"roles": list(roles), "scope": scope, "role": role})


def rate_limited(limit: int, window_seconds: int, wait_seconds: int, message: str | None = None) -> Refused:
    """The 429 for whoever has used up so many requests in each such window, with when to come again."""
    figures = {"limit": limit, "window_seconds": window_seconds}
    return Refused(RATE_LIMITED, message, figures, retry_after_seconds=max(wait_seconds, 1))


GENERAL_REFUSALS: tuple[Refusal, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Refusal))
