"""Who did it, as rows: one for all that somebody does in one session, so that an entry keeps a small number of it."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Connection, bindparam, insert, select

from shared.http.json_parsing import render_bytes
from shared.privacy.erased_people import erased_among
from shared.storage.compact_columns import pack_id
from shared.storage.statements import Row, Statement
from transaction_service.ledger.entry import Initiator
from transaction_service.models import erased_people, initiators

_DIGEST_BYTES = 16
_REMEMBERED = 4096

_KNOWN = Statement(
    select(initiators.c.digest, initiators.c.key).where(initiators.c.digest.in_(bindparam("digests", expanding=True))),
    "digests",
)
_ADD = Statement(insert(initiators), "digest", *Initiator._fields)


@lru_cache(maxsize=_REMEMBERED)
def digest_of(initiator: Initiator) -> bytes:
    """What tells two initiators apart: a digest of all that is known of them."""
    return hashlib.blake2b(render_bytes(initiator), digest_size=_DIGEST_BYTES).digest()


def keys_of(connection: Connection, wanted: Iterable[Initiator]) -> dict[Initiator, int]:
    """The key of each, made where there is none, in the caller's write transaction."""
    by_digest = {digest_of(initiator): initiator for initiator in set(wanted)}
    if not by_digest:
        return {}
    known: dict[bytes, int] = dict(_KNOWN.rows_of(connection, list(by_digest)))
    missing = [digest for digest in by_digest if digest not in known]
    if missing:
        gone = erased_among(connection, erased_people, (by_digest[digest].user_id for digest in missing))
        _ADD.run(connection, [_row(digest, _nameless(by_digest[digest], gone)) for digest in missing])
        known |= dict(_KNOWN.rows_of(connection, missing))
    return {initiator: known[digest] for digest, initiator in by_digest.items()}


def _nameless(initiator: Initiator, erased: set[str]) -> Initiator:
    """What is kept of one: whoever was erased has no name any more."""
    return initiator._replace(name=None) if initiator.user_id in erased else initiator


def _row(digest: bytes, initiator: Initiator) -> Row:
    user_id, kind, name, role, session_id, channel = initiator
    return digest, pack_id(user_id), kind, name, role, None if session_id is None else pack_id(session_id), channel
