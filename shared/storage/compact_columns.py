"""Ids and digests as bytes in the database and as text everywhere else: less than half as long, on every database.

An id is a UUID, kept as its 16 bytes, or a name that the bank gave (`bank:cash:EUR`, `simulator-service`), kept as its
UTF-8; a name of just 16 bytes has a zero byte before it, so that the two cannot be confused. In SQLite's shell
`hex(id)` shows a UUID, `unhex(replace('...', '-', ''))` is how to ask for one.
"""

from typing import Any

from sqlalchemy import Dialect, FunctionElement, LargeBinary, Text, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from uuid_utils import UUID

from shared.identifiers import is_id

LONGEST_ID = 101
_UUID_BYTES = 16
_MARK = b"\0"


def pack_id(text: str) -> bytes:
    """The bytes that an id is kept as."""
    if len(text) == 36 and is_id(text):
        return pack_uuid(text)
    name = text.encode()
    return _MARK + name if len(name) == _UUID_BYTES else name


def pack_uuid(text: str) -> bytes:
    """The same for what is known to be a canonical UUID."""
    return bytes.fromhex(text.replace("-", ""))


def unpack_id(kept: bytes) -> str:
    """The id that these bytes are."""
    if len(kept) == _UUID_BYTES:
        return str(UUID(bytes=kept))
    return kept.removeprefix(_MARK).decode()


def _binary(length: int) -> Any:
    return LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


class CompactId(TypeDecorator[str]):
    """An id: text in Python, bytes in the database. They sort as their text does, as long as all are UUIDs."""

    impl = _binary(LONGEST_ID)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else pack_id(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else unpack_id(value)


class Digest(TypeDecorator[str]):
    """The digest of a hash function: hexadecimal text in Python, bytes in the database."""

    impl = _binary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else value.hex()


class IdDigits(FunctionElement[str]):
    """The hexadecimal digits of a compact UUID, to look for a part of it."""

    type = Text()
    name = "id_digits"
    inherit_cache = True


@compiles(IdDigits)
def _hex(element: IdDigits, compiler: Any, **options: Any) -> str:
    return f"lower(hex({compiler.process(element.clauses, **options)}))"


@compiles(IdDigits, "postgresql")
def _encode(element: IdDigits, compiler: Any, **options: Any) -> str:
    return f"encode({compiler.process(element.clauses, **options)}, 'hex')"
