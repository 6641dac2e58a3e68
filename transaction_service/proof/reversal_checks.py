"""Reversals against what they reverse: nothing is given back twice, nor more than was moved (rule 4)."""

from typing import Any

from sqlalchemy import and_, case, or_, select

from shared.storage.database import Database
from transaction_service.ledger.entry_rows import REVERSED, REVERSED_OTHER
from transaction_service.models import entries, exchanges
from transaction_service.proof.finding import Finding

PAGE = 1_000
WITHIN = "reversals stay within the original"
_reversals = entries.alias("reversals")
_OTHER = case(
    (exchanges.c.source_currency == entries.c.currency, exchanges.c.target_minor), else_=exchanges.c.source_minor
)
"""What an exchange moved of the currency that is not its entry's own."""
_ORIGINALS = select(
    entries.c.id,
    entries.c.amount_minor,
    REVERSED.label("reversed"),
    _OTHER.label("other"),
    REVERSED_OTHER.label("back"),
).select_from(entries.outerjoin(exchanges, exchanges.c.position == entries.c.position))
_BEYOND = or_(
    REVERSED < 0,
    entries.c.amount_minor < REVERSED,
    and_(exchanges.c.position.is_not(None), or_(REVERSED_OTHER < 0, REVERSED_OTHER > _OTHER)),
)


def findings(database: Database) -> list[Finding]:
    """Every entry of which more was given back than it had moved; empty when all is well."""
    found: list[Finding] = []
    after = 0
    named = select(_reversals.c.reverses).distinct().order_by(_reversals.c.reverses).limit(PAGE)
    while True:
        with database.read() as connection:
            positions = list(connection.scalars(named.where(_reversals.c.reverses > after)))
            rows = (
                connection.execute(_ORIGINALS.where(entries.c.position.in_(positions), _BEYOND)).all()
                if positions
                else ()
            )
        found += [Finding(WITHIN, row.id, f"reversed {_figures(row)} minor units") for row in rows]
        if len(positions) < PAGE:
            return found
        after = positions[-1]


def _figures(row: Any) -> str:
    own = f"{row.reversed} of {row.amount_minor}"
    return own if row.other is None else f"{own}, {row.back} of {row.other}"
