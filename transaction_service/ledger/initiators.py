"""Who did it, as rows: one for all that somebody does in one session, so that an entry keeps a small number of it."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, insert, select

from shared.json_parsing import render
from transaction_service.ledger.entry import Initiator
from transaction_service.models import initiators

_DIGEST_BYTES = 16

_KNOWN = select(initiators.c.digest, initiators.c.key).where(
    initiators.c.digest.in_(bindparam("digests", expanding=True))
)
_ADD = insert(initiators)


def digest_of(initiator: Initiator) -> str:
    """What tells two initiators apart: a digest of all that is known of them."""
    return hashlib.blake2b(render(initiator).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def keys_of(connection: Connection, wanted: Iterable[Initiator]) -> dict[Initiator, int]:
    """The key of each, made where there is none, in the caller's write transaction."""
    by_digest = {digest_of(initiator): initiator for initiator in set(wanted)}
    if not by_digest:
        return {}
    known = _keys(connection, list(by_digest))
    missing = [digest for digest in by_digest if digest not in known]
    if missing:
        connection.execute(_ADD, [{"digest": digest, **by_digest[digest]._asdict()} for digest in missing])
        known |= _keys(connection, missing)
    return {initiator: known[digest] for digest, initiator in by_digest.items()}


def _keys(connection: Connection, digests: list[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(_KNOWN, {"digests": digests})}
