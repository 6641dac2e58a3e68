"""Strict JSON: what a careless parser would let through is refused before any rule sees it.

Duplicate keys, NaN and Infinity are malformed. Numbers with a fraction, an exponent or very many digits stay text
(`NumberLiteral`), so that money never becomes a float.
"""

import json
from typing import Any

from flask.json.provider import DefaultJSONProvider

from shared.money import NumberLiteral

_MAX_INTEGER_LITERAL = 19


class MalformedJSONError(ValueError):
    """The body is not JSON as the bank accepts it; the message is for the client."""


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        message = "a key stands twice in one object"
        raise MalformedJSONError(message)
    return result


def _integer(literal: str) -> int | NumberLiteral:
    return NumberLiteral(literal) if len(literal) > _MAX_INTEGER_LITERAL or literal == "-0" else int(literal)


def _constant(literal: str) -> None:
    message = f"{literal} is not JSON"
    raise MalformedJSONError(message)


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique_pairs, parse_float=NumberLiteral, parse_int=_integer, parse_constant=_constant
)


def parse(body: str | bytes) -> Any:
    """The value of a JSON text. Raises MalformedJSONError, also for bad UTF-8 and bottomless nesting."""
    try:
        return _decoder.decode(body if isinstance(body, str) else body.decode("utf-8"))
    except MalformedJSONError:
        raise
    except RecursionError:
        message = "the JSON is nested too deeply"
        raise MalformedJSONError(message) from None
    except ValueError:
        message = "the body is not valid JSON"
        raise MalformedJSONError(message) from None


class StrictJSONProvider(DefaultJSONProvider):
    """Flask's JSON with the strict parser, compact output and keys in the order they were written."""

    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return parse(s)
