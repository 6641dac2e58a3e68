"""Strict JSON: what parsers disagree on is refused."""

import pytest

from shared.json_parsing import MalformedJSONError, parse
from shared.money import NumberLiteral


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"{",
        b'{"a": "\xff"}',
        b"{'a': 1}",
    ],
)
def test_ambiguous_or_broken_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJSONError):
        parse(body)


def test_bottomless_nesting_is_malformed_and_not_a_crash() -> None:
    with pytest.raises(MalformedJSONError, match="deep"):
        parse(b"[" * 100_000)


def test_a_fraction_stays_the_text_that_was_sent() -> None:
    parsed = parse(b'{"amount": 1.10, "days": 5, "long": 123456789012345678901}')
    long = NumberLiteral("123456789012345678901")
    assert parsed == {"amount": NumberLiteral("1.10"), "days": 5, "long": long}
