"""Ids and digests as bytes: every text comes back, no two are the same, and UUIDs sort as their texts do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from shared.storage.compact_columns import LONGEST_ID, pack_id, unpack_id
from transaction_service.models import metadata

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=100)
IDS = st.uuids().map(str) | NAMES


@given(IDS)
def test_an_id_comes_back_as_it_was(text: str) -> None:
    packed = pack_id(text)
    assert unpack_id(packed) == text
    assert len(packed) <= LONGEST_ID


@given(IDS, IDS)
def test_two_ids_are_never_kept_alike(one: str, other: str) -> None:
    assert (pack_id(one) == pack_id(other)) == (one == other)


@given(st.uuids().map(str), st.uuids().map(str))
def test_uuids_sort_as_their_texts_do(one: str, other: str) -> None:
    assert (pack_id(one) < pack_id(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("01931234-0000-7000-8000-000000000001", 16),
        ("01931234-0000-7000-8000-00000000000A", 36),  # not as the bank writes ids: a name
        ("bank:cash:EUR", 13),
        ("sixteen-letters!", 17),
        ("", 0),
    ],
)
def test_a_uuid_takes_sixteen_bytes_and_a_name_is_never_taken_for_one(text: str, length: int) -> None:
    assert len(pack_id(text)) == length
    assert unpack_id(pack_id(text)) == text


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect(), mysql.dialect()], ids=lambda one: one.name)
def test_the_ledgers_tables_and_indexes_can_be_said_to_every_database(dialect: Dialect) -> None:
    said: list[str] = []
    engine = create_mock_engine(f"{dialect.name}://", lambda sql, *_: said.append(str(sql.compile(dialect=dialect))))
    metadata.create_all(engine, checkfirst=False)
    kinds = {"sqlite": "BLOB", "postgresql": "BYTEA", "mysql": "VARBINARY(101)"}
    entries = next(sql for sql in said if "CREATE TABLE entries" in sql)
    assert f"id {kinds[dialect.name]}" in entries
    assert "hash " in str(CreateTable(metadata.tables["entries"]).compile(dialect=dialect))
