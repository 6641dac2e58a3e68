"""Used keys: each says what came of its request, so that the same request gets the same answer again.

Everything here runs inside a write transaction that the caller opened and alone commits.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from shared.http.json_parsing import render_bytes
from shared.storage.statements import Statement
from transaction_service.ledger import replays
from transaction_service.models import idempotency_keys

_DIGEST_BYTES = 16
_CREATED = 201


class UsedKey(NamedTuple):
    """The request that a key was used for, and the reply that it was given."""

    request_hash: bytes
    status: int
    body: str


class Claim(NamedTuple):
    """A key about to be written, as its table keeps it: the digests and the id of an attempt as bytes."""

    name: bytes
    request_hash: bytes
    position: int | None
    refusal_id: bytes | None
    reply_form: int | None
    status: int | None
    reply: str | None
    claimed_at: int


def name_of(principal: str, operation: str, key: str) -> bytes:
    """The digest that a key is kept as: the same on every database, whatever that thinks of capitals."""
    return hashlib.blake2b(render_bytes([principal, operation, key]), digest_size=_DIGEST_BYTES).digest()


_ROWS = Statement(
    select(
        idempotency_keys.c.name,
        idempotency_keys.c.request_hash,
        idempotency_keys.c.status,
        idempotency_keys.c.reply,
        idempotency_keys.c.position,
        idempotency_keys.c.reply_form,
    ).where(idempotency_keys.c.name.in_(bindparam("names", expanding=True))),
    "names",
)
_CLAIM = Statement(insert(idempotency_keys), *Claim._fields)


def used(connection: Connection, names: Sequence[bytes]) -> dict[bytes, UsedKey]:
    """Those of the keys that have been used, with the replies that were given, rendered again where none is kept."""
    if not names:
        return {}
    rows = _ROWS.rows_of(connection, names)
    forms = {position: form for *_, reply, position, form in rows if reply is None}
    bodies = replays.bodies(connection, forms) if forms else {}
    return {
        name: UsedKey(request_hash, _CREATED, bodies[position])
        if reply is None
        else UsedKey(request_hash, status, reply)
        for name, request_hash, status, reply, position, _ in rows
    }


def claim(connection: Connection, claims: list[Claim]) -> None:
    """Write used keys. A key that another has used meanwhile fails here."""
    if claims:
        _CLAIM.run(connection, claims)
