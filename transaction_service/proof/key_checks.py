"""Idempotency keys: what each says came of its request, against the entries and refused attempts there are."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, select

from shared.database import Database
from transaction_service.models import entries, holds, idempotency_keys, refused_attempts
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"


def findings(database: Database) -> list[Finding]:
    """Every key that tells of another outcome than it had; empty when all is well."""
    keys = idempotency_keys.c
    query = (
        select(
            *(keys[name] for name in ("number", "status", "position", "refusal_id", "claimed_at")),
            case((keys.position.is_(None) & (keys.status < 300), keys.reply)).label("hold_then"),
            entries.c.booked_at,
            refused_attempts.c.id.label("attempt_id"),
        )
        .outerjoin_from(idempotency_keys, entries, entries.c.position == keys.position)
        .outerjoin(refused_attempts, refused_attempts.c.id == keys.refusal_id)
        .order_by(keys.number)
        .limit(PAGE)
    )
    found: list[Finding] = []
    after, commit, told = 0, 0, set[int]()
    while True:
        with database.read() as connection:
            rows = connection.execute(query.where(keys.number > after)).all()
            known_holds = _known_holds(connection, rows)
        for row in rows:
            if row.claimed_at != commit:
                commit, told = row.claimed_at, set()
            if not _is_right(row, known_holds) or row.position in told:
                found.append(Finding(DERIVED, str(row.number), "the idempotency key does not tell what came of it"))
            if row.position is not None:
                told.add(row.position)
        if len(rows) < PAGE:
            return found
        after = rows[-1].number


def _known_holds(connection: Connection, rows: Sequence[Any]) -> set[str]:
    """The ids of those holds that there are, of those that replies to these keys were about."""
    ids = [_hold_id(row) for row in rows if row.hold_then is not None]
    return set(connection.execute(select(holds.c.id).where(holds.c.id.in_(ids))).scalars()) if ids else set()


def _hold_id(row: Any) -> str:
    found: str = json.loads(row.hold_then)["id"]
    return found


def _is_right(row: Any, known_holds: set[str]) -> bool:
    """Whether a key points at an entry of its own commit, tells of a hold, or points at nothing that is not there."""
    if row.hold_then is not None:
        return _hold_id(row) in known_holds
    if row.status is None or row.status < 300:
        return bool(row.booked_at == row.claimed_at)
    return row.position is None and row.refusal_id == row.attempt_id
