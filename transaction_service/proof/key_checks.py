"""Idempotency keys: what each says came of its request, against the entries there are."""

from sqlalchemy import select, tuple_

from shared.database import Database
from transaction_service.models import entries, idempotency_keys
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"


def findings(database: Database) -> list[Finding]:
    """Every key that tells of another outcome than it had; empty when all is well."""
    keys = idempotency_keys.c
    key = tuple_(keys.user_id, keys.operation, keys.key)
    query = (
        select(keys.user_id, keys.operation, keys.key, keys.status, entries.c.id.label("entry_id"))
        .outerjoin(entries, entries.c.id == keys.entry_id)
        .order_by(keys.user_id, keys.operation, keys.key)
        .limit(PAGE)
    )
    found: list[Finding] = []
    after = ("", "", "")
    while True:
        with database.read() as connection:
            rows = connection.execute(query.where(key > after)).all()
        for row in rows:
            if (row.status < 300) != (row.entry_id is not None):
                detail = f"the idempotency key of {row.user_id} does not tell what came of it"
                found.append(Finding(DERIVED, row.key, detail))
        if len(rows) < PAGE:
            return found
        after = (rows[-1].user_id, rows[-1].operation, rows[-1].key)
