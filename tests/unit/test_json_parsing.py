"""Strict JSON: what parsers disagree on is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.amounts.money import NumberLiteral
from shared.http.json_parsing import MalformedJSONError, parse, render


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
        b'{"a": "\\ud800"}',
        b'{"a": ["x\\uDFFFy"]}',
        b'{"\\udc00\\ud800": 1}',
        b'{"a": "\\ud83d\\ude00\\ude00"}',
        b'{"a": "\\\\\\ud800"}',
        b'{"a": "\\ud800\\\\udc00"}',
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


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a": "\\ud83d\\uDE00"}', "\N{GRINNING FACE}"),
        (b'{"a": "\\\\ud800"}', "\\ud800"),
        (b'{"a": "\\\\\\ud83d\\ude00\\\\"}', "\\\N{GRINNING FACE}\\"),
        ('{"a": "Grüße \N{GRINNING FACE}"}'.encode(), "Grüße \N{GRINNING FACE}"),
    ],
)
def test_whole_surrogate_pairs_and_escaped_backslashes_are_text(body: bytes, text: str) -> None:
    assert parse(body) == {"a": text}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_rendered_is_the_standard_librarys_compact_json_to_the_byte(value: object) -> None:
    """Hashes are computed over it, and computed again by others."""
    assert render(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(VALUES)
def test_escaped_and_plain_text_are_the_same_value(value: object) -> None:
    assert parse(json.dumps({"a": value})) == parse(render({"a": value}))
