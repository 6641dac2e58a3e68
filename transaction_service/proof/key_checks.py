"""Idempotency keys: what each says came of its request, against the entries and refused attempts there are."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, literal_column, select

from shared.identifiers import is_id
from shared.storage.database import Database
from shared.storage.statements import Row, Statement
from transaction_service.models import (
    authorizations,
    collections,
    disputes,
    entries,
    holds,
    idempotency_keys,
    mandates,
    payment_orders,
    refused_attempts,
)
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"
_OK_BELOW = 300
_TOLD = (holds, authorizations, disputes, payment_orders, mandates, collections)
"""What replies tell of that are not about an entry."""
_tells_of_none = idempotency_keys.c.position.is_(None) & (idempotency_keys.c.status < literal_column(f"{_OK_BELOW}"))
_KEYS = Statement(
    select(
        *idempotency_keys.c["number", "status", "position", "refusal_id", "claimed_at"],
        case((_tells_of_none, idempotency_keys.c.reply)),
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
_TOLD_THEN = 5
"""The place of the reply that told of no entry, where there is one."""


def findings(database: Database) -> list[Finding]:
    """Every key that tells of another outcome than it had; empty when all is well."""
    found: list[Finding] = []
    after, commit, told = 0, 0, set[int]()
    while True:
        with database.read() as connection:
            rows = _KEYS.rows(connection, after, PAGE)
            known = _known(connection, rows)
        for row in rows:
            number, _, position, _, claimed_at, *_ = row
            if claimed_at != commit:
                commit, told = claimed_at, set()
            if not _is_right(row, known) or position in told:
                found.append(Finding(DERIVED, str(number), "the idempotency key does not tell what came of it"))
            if position is not None:
                told.add(position)
        if len(rows) < PAGE:
            return found
        after = rows[-1][0]


def _known(connection: Connection, rows: Sequence[Row]) -> set[str]:
    """The ids of what there is, of what replies to these keys were about, such as holds."""
    ids = [found for row in rows if (found := _told_id(row[_TOLD_THEN])) is not None]
    if not ids:
        return set()
    return {
        known
        for table in _TOLD
        for known in connection.execute(select(table.c.id).where(table.c.id.in_(ids))).scalars()
    }


def _told_id(reply: str | None) -> str | None:
    """The id of what a reply told of; None of one that tells of nothing, as somebody may have altered it."""
    if not reply:
        return None
    try:
        found: Any = json.loads(reply)
    except ValueError:
        return None
    named = found.get("id") if isinstance(found, dict) else None
    return named if isinstance(named, str) and is_id(named) else None


def _is_right(row: Row, known: set[str]) -> bool:
    """Whether a key points at an entry of its own commit, tells of what there is, or points at nothing that is not."""
    _, status, position, refusal_id, claimed_at, told_then, booked_at, attempt_id = row
    if told_then is not None:
        return _told_id(told_then) in known
    if status is None or status < _OK_BELOW:
        return bool(booked_at == claimed_at)
    return position is None and bool(refusal_id == attempt_id)
