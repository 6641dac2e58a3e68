"""Credit cards: statements against what was booked, and billing against the work that is due."""

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, or_, select

from shared.enums import AccountStatus, DueWorkKind
from shared.storage.database import Database
from transaction_service.card_bills import bill_rows
from transaction_service.ledger.movement_rules import FEE
from transaction_service.models import accounts, card_statements, credit_lines, due_work, entries
from transaction_service.proof.finding import Finding

PAGE = 200
DERIVED = "derived rows equal entries"


def findings(database: Database) -> list[Finding]:
    """Every statement that does not say what was booked, and every credit card that is not to be billed."""
    with database.read() as connection:
        return [
            *_statements_unlike_their_entries(connection),
            *(Finding(DERIVED, row.id, "the fee of the statement is none") for row in connection.execute(_FEES)),
            *(Finding(DERIVED, row.id, "the credit card is not to be billed") for row in connection.execute(_UNBILLED)),
        ]


def _statements_unlike_their_entries(connection: Connection) -> Iterator[Finding]:
    after = 0
    while True:
        page = select(card_statements.c.account_key).where(card_statements.c.account_key > after).distinct()
        keys = connection.execute(page.order_by(card_statements.c.account_key).limit(PAGE)).scalars().all()
        if not keys:
            return
        for statement_id in bill_rows.unlike_their_entries(connection, after, keys[-1]):
            yield Finding(DERIVED, statement_id, "the statement does not say what was booked")
        after = keys[-1]


_FEES = (
    select(card_statements.c.id)
    .outerjoin(entries, entries.c.position == card_statements.c.fee_position)
    .where(
        card_statements.c.fee_position.is_not(None),
        or_(
            entries.c.type.is_(None),
            entries.c.type != FEE,
            entries.c.payer_key != card_statements.c.account_key,
        ),
    )
)
_UNBILLED = (
    select(accounts.c.id)
    .join(credit_lines, credit_lines.c.account_key == accounts.c.key)
    .outerjoin(
        due_work, and_(due_work.c.subject_id == accounts.c.id, due_work.c.kind == DueWorkKind.CARD_BILLING.value)
    )
    .where(accounts.c.status != AccountStatus.CLOSED.value)
    .group_by(accounts.c.id)
    .having(func.count(due_work.c.key) != 1)
)
