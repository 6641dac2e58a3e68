"""Which refusals a route can answer with: those it declares, and those that what every route stands on implies."""

from collections.abc import Callable, Iterable
from typing import Any

from shared.identity.access import Access
from shared.refusals import (
    DEADLINE_EXCEEDED,
    FORBIDDEN,
    IDEMPOTENCY_KEY_IN_FLIGHT,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    INTERNAL,
    MALFORMED,
    NOT_FOUND,
    STORAGE_FULL,
    TARGET_TOO_LONG,
    TOKEN_EXPIRED,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Refusal,
)

View = Callable[..., Any]


def refuses(*refusals: Refusal, items: Iterable[Refusal] = ()) -> Callable[[View], View]:
    """Declare with what a route may refuse beyond what is implied. Stands below `@access(...)`.

    `items`: with what it may refuse single items of a batch, inside a reply that is a success.
    """

    def declare(view: View) -> View:
        view.refusals = refusals  # type: ignore[attr-defined]
        view.item_refusals = tuple(dict.fromkeys(items))  # type: ignore[attr-defined]
        return view

    return declare


def refusals_of(view: View, method: str, *, parameters: Iterable[dict[str, Any]], has_body: bool) -> list[Refusal]:
    """Every refusal that this view may answer `method` with, in the order of their statuses.

    `parameters` are those of the operation in OpenAPI; `has_body`: whether it takes a body of a certain shape.
    """
    places = {parameter["in"] for parameter in parameters}
    rule: Access = view.access  # type: ignore[attr-defined]
    found = {INTERNAL, UNAVAILABLE, DEADLINE_EXCEEDED, TARGET_TOO_LONG, *getattr(view, "refusals", ())}
    if not rule.is_public:
        found |= {UNAUTHENTICATED, TOKEN_EXPIRED, FORBIDDEN}
    if "path" in places:
        found.add(NOT_FOUND)
    if "query" in places:
        found.add(VALIDATION)
    if method != "GET":
        found |= {MALFORMED, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, STORAGE_FULL}
    if has_body:
        found.add(VALIDATION)
    if hasattr(view, "takes_idempotency_key"):
        found |= {IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_FLIGHT}
    return sorted(found, key=lambda refusal: (refusal.status, refusal.code))
