"""The idempotency key: with it, a request that moves money can be sent again until it is answered."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from flask import request
from pydantic import Field

from shared.http.field_problems import form
from shared.refusals import IDEMPOTENCY_KEY_INVALID, Refused

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_PATTERN = r"^[\x21-\x7e]{1,255}$"
_EXAMPLE = "0190a8c0-5f00-7a00-8000-000000000001"
_KEY = re.compile(_PATTERN, re.ASCII)
IdempotencyKey = Annotated[
    str,
    form(_PATTERN, "must have 1 to 255 visible ASCII characters"),
    Field(examples=[_EXAMPLE]),
]
"""A payload field for the key of one item of a batch."""

PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Chosen by the caller, new for each thing to be done. The same request sent again with the same key "
    "is not done again: it is given the first answer, with the header `Idempotent-Replayed: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": _PATTERN, "examples": [_EXAMPLE]},
}
"""The header as OpenAPI describes it."""


def takes_idempotency_key(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that a route reads the header, for its description. Stands below the route decorator."""
    view.takes_idempotency_key = True  # type: ignore[attr-defined]
    return view


def idempotency_key() -> str | None:
    """The request's Idempotency-Key. Raises Refused (400) for one that is not 1-255 visible ASCII characters."""
    keys = request.headers.getlist(HEADER)
    if len(keys) > 1:
        raise Refused(IDEMPOTENCY_KEY_INVALID, details={"limit": LONGEST_KEY})
    return checked_key(keys[0]) if keys else None


def checked_key(key: str) -> str:
    """The key, if it is one. Raises Refused (400) for one that is not 1-255 visible ASCII characters."""
    if _KEY.fullmatch(key) is None:
        raise Refused(IDEMPOTENCY_KEY_INVALID, details={"limit": LONGEST_KEY})
    return key
