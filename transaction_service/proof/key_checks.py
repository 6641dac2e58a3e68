"""Idempotency keys: what each says came of its request, against the entries there are."""

from sqlalchemy import select

from shared.database import Database
from transaction_service.models import entries, idempotency_keys
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"


def findings(database: Database) -> list[Finding]:
    """Every key that tells of another outcome than it had; empty when all is well."""
    keys = idempotency_keys.c
    query = (
        select(keys.number, keys.status, keys.position, entries.c.position.label("entry_position"))
        .outerjoin(entries, entries.c.position == keys.position)
        .order_by(keys.number)
        .limit(PAGE)
    )
    found: list[Finding] = []
    after = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(query.where(keys.number > after)).all()
        for row in rows:
            is_success = row.status is None or row.status < 300
            if is_success != (row.entry_position is not None) or (row.position is None) == is_success:
                found.append(Finding(DERIVED, str(row.number), "the idempotency key does not tell what came of it"))
        if len(rows) < PAGE:
            return found
        after = rows[-1].number
