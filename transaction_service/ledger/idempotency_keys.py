"""Used keys: each says what came of its request, so that the same request gets the same answer again.

Everything here runs inside a write transaction that the caller opened and alone commits.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from shared.json_parsing import render
from transaction_service.ledger import replays
from transaction_service.models import idempotency_keys

_DIGEST_BYTES = 16
_CREATED = 201


class UsedKey(NamedTuple):
    """The request that a key was used for, and the reply that it was given."""

    request_hash: str
    status: int
    body: str


def name_of(principal: str, operation: str, key: str) -> str:
    """The digest that a key is kept as: the same on every database, whatever that thinks of capitals."""
    return hashlib.blake2b(render([principal, operation, key]).encode(), digest_size=_DIGEST_BYTES).hexdigest()


_ROWS = select(
    idempotency_keys.c.name,
    idempotency_keys.c.request_hash,
    idempotency_keys.c.status,
    idempotency_keys.c.reply,
    idempotency_keys.c.position,
    idempotency_keys.c.reply_form,
).where(idempotency_keys.c.name.in_(bindparam("names", expanding=True)))
_CLAIM = insert(idempotency_keys)


def used(connection: Connection, names: Sequence[str]) -> dict[str, UsedKey]:
    """Those of the keys that have been used, with the replies that were given, rendered again where none is kept."""
    if not names:
        return {}
    rows = connection.execute(_ROWS, {"names": names}).all()
    forms = {row.position: row.reply_form for row in rows if row.reply is None}
    bodies = replays.bodies(connection, forms) if forms else {}
    return {
        row.name: UsedKey(row.request_hash, _CREATED, bodies[row.position])
        if row.reply is None
        else UsedKey(row.request_hash, row.status, row.reply)
        for row in rows
    }


def claim(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write used keys. A key that another has used meanwhile fails here."""
    if rows:
        connection.execute(_CLAIM, rows)
