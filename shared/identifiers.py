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


def ordered_id(parent_id: str, derived: str) -> str:
    """The same id with the time of another row's, so that rows that follow from others lie in the order of those.

    Ids at random each take a place of their own in every index, and a page of the log with each commit. A UUID of
    version 8: the 48 bits of `parent_id` that say when that was made, then those of `derived`.
    """
    return f"{parent_id[:13]}-8{derived[15:]}"


def is_ordered(made: str) -> bool:
    """Whether an id was made by `ordered_id`."""
    return made[14] == "8"


def made_at_us(made: str) -> int | None:
    """When an id was made by `new_id`, in microseconds; None of others."""
    return int(made[:8] + made[9:13], 16) * 1000 if made[14] == "7" else None


def is_id(text: str) -> bool:
    """Whether the text is a canonical UUID; anything else can name no row."""
    return _UUID.fullmatch(text) is not None
