"""Strict JSON: what a careless parser would let through is refused before any rule sees it.

Duplicate keys, NaN, Infinity and text with half a surrogate pair (which is no Unicode, and which nothing could store
or write again) are malformed. Numbers with a fraction, an exponent or very many digits stay text
(`NumberLiteral`), so that money never becomes a float.
"""

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

from flask import Response
from flask.json.provider import DefaultJSONProvider
from pydantic_core import to_json

from shared.amounts.money import NumberLiteral

_MAX_INTEGER_LITERAL = 19
quoted: Callable[[str], str] = encode_basestring
"""A text as JSON, as `render` writes it; one that is there. `render_text` also knows none."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)")
"""One escape of a JSON text; its group is half a surrogate pair, whose other half does not follow."""


class MalformedJSONError(ValueError):
    """The body is not JSON as the bank accepts it; the message is for the client."""


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        message = "The body says one key twice in the same object."
        raise MalformedJSONError(message)
    return result


def _integer(literal: str) -> int | NumberLiteral:
    return NumberLiteral(literal) if len(literal) > _MAX_INTEGER_LITERAL or literal == "-0" else int(literal)


def _constant(literal: str) -> None:
    message = f"The body holds {literal}, which is not JSON."
    raise MalformedJSONError(message)


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique_pairs, parse_float=NumberLiteral, parse_int=_integer, parse_constant=_constant
)


def parse(body: str | bytes) -> Any:
    """The value of a JSON text. Raises MalformedJSONError, also for bad Unicode and bottomless nesting."""
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
        value = _decoder.decode(text)
    except MalformedJSONError:
        raise
    except RecursionError:
        message = "The body is nested too deeply."
        raise MalformedJSONError(message) from None
    except ValueError:
        message = "The body is not valid JSON."
        raise MalformedJSONError(message) from None
    if _SURROGATE.search(text) and any(escape[1] for escape in _ESCAPE.finditer(text)):
        message = "A text in the body holds half a surrogate pair, which is no Unicode."
        raise MalformedJSONError(message)
    return value


def render(value: object) -> str:
    """Compact JSON, keys in the order they were written. Five times as fast as the standard library's.

    The bytes of `json.dumps(value, ensure_ascii=False, separators=(",", ":"))`, so that what is hashed can be computed
    again by anyone. Raises ValueError for what is not JSON, which `parse` never returns.
    """
    return render_bytes(value).decode()


def render_bytes(value: object) -> bytes:
    """The same in UTF-8, for what is hashed."""
    return to_json(value)


def render_text(text: str | None) -> str:
    """The same for one text, or for none, in a quarter of the time."""
    return "null" if text is None else quoted(text)


class StrictJSONProvider(DefaultJSONProvider):
    """Flask's JSON with the strict parser and the fast renderer."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return render(obj)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(self.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return parse(s)
