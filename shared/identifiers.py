"""Ids of everything the bank makes: UUIDs version 7, so that newer rows sort after older ones."""

import re

from uuid_utils import UUID, uuid5, uuid7

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_UUID = re.compile(UUID_PATTERN, re.ASCII)


def new_id() -> str:
    """A new UUIDv7 in its canonical lower-case form."""
    return str(uuid7())


def derived_id(parent_id: str, name: str) -> str:
    """The id of what is no row of its own: always the same of something that a row's id and a name tell apart."""
    return str(uuid5(UUID(parent_id), name))


def is_id(text: str) -> bool:
    """Whether the text is a canonical UUID; anything else can name no row."""
    return _UUID.fullmatch(text) is not None
