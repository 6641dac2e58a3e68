"""Idempotency keys: what each says came of its request, against the entries and refused attempts there are."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, literal_column, select

from shared.database import Database
from shared.identifiers import is_id
from shared.statements import Row, Statement
from transaction_service.models import entries, holds, idempotency_keys, refused_attempts
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"
_OK_BELOW = 300
_tells_of_a_hold = idempotency_keys.c.position.is_(None) & (idempotency_keys.c.status < literal_column(f"{_OK_BELOW}"))
_KEYS = Statement(
    select(
        *idempotency_keys.c["number", "status", "position", "refusal_id", "claimed_at"],
        case((_tells_of_a_hold, idempotency_keys.c.reply)),
        entries.c.booked_at,
        refused_attempts.c.id,
    )
    .outerjoin_from(idempotency_keys, entries, entries.c.position == idempotency_keys.c.position)
    .outerjoin(refused_attempts, refused_attempts.c.id == idempotency_keys.c.refusal_id)
    .where(idempotency_keys.c.number > bindparam("after"))
    .order_by(idempotency_keys.c.number)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),  # said, as SQLite's dialect would make a parameter of it
    "after",
    "limit",
)
_HOLD_THEN = 5
"""The place of the reply that told of a hold, where there is one."""


def findings(database: Database) -> list[Finding]:
    """Every key that tells of another outcome than it had; empty when all is well."""
    found: list[Finding] = []
    after, commit, told = 0, 0, set[int]()
    while True:
        with database.read() as connection:
            rows = _KEYS.rows(connection, after, PAGE)
            known_holds = _known_holds(connection, rows)
        for row in rows:
            number, _, position, _, claimed_at, *_ = row
            if claimed_at != commit:
                commit, told = claimed_at, set()
            if not _is_right(row, known_holds) or position in told:
                found.append(Finding(DERIVED, str(number), "the idempotency key does not tell what came of it"))
            if position is not None:
                told.add(position)
        if len(rows) < PAGE:
            return found
        after = rows[-1][0]


def _known_holds(connection: Connection, rows: Sequence[Row]) -> set[str]:
    """The ids of those holds that there are, of those that replies to these keys were about."""
    ids = [found for row in rows if (found := _hold_id(row[_HOLD_THEN])) is not None]
    return set(connection.execute(select(holds.c.id).where(holds.c.id.in_(ids))).scalars()) if ids else set()


def _hold_id(reply: str | None) -> str | None:
    """The id in a reply that told of a hold; None of one that tells of none, as somebody may have altered it."""
    try:
        found: Any = json.loads(reply or "")
    except ValueError:
        return None
    named = found.get("id") if isinstance(found, dict) else None
    return named if isinstance(named, str) and is_id(named) else None


def _is_right(row: Row, known_holds: set[str]) -> bool:
    """Whether a key points at an entry of its own commit, tells of a hold, or points at nothing that is not there."""
    _, status, position, refusal_id, claimed_at, hold_then, booked_at, attempt_id = row
    if hold_then is not None:
        return _hold_id(hold_then) in known_holds
    if status is None or status < _OK_BELOW:
        return bool(booked_at == claimed_at)
    return position is None and bool(refusal_id == attempt_id)
