"""The account that the bank gives direct debits back from where their creditor's account was closed.

Revision ID: 0012
"""

from alembic import op
from sqlalchemy import column, insert, select, table

from shared.storage.compact_columns import CompactId

revision = "0012"
down_revision = "0011"

_PLAIN = (
    *("holder_name", "account_number", "account_type", "currency", "status", "status_reason", "synthetic"),
    *("balance_minor", "held_minor", "floor_minor", "floor_passed_at", "movement_limit_minor", "daily_limit_minor"),
    *("terms_version", "opened_at"),
)


def upgrade() -> None:
    """Make one beside each account that holds cash."""
    accounts = table("accounts", *(column(name, CompactId) for name in ("id", "owner_id")), *map(column, _PLAIN))
    connection = op.get_bind()
    of_the_bank = select(accounts).where(accounts.c.owner_id.is_(None)).order_by(accounts.c.id)
    found = {row.id: row._asdict() for row in connection.execute(of_the_bank)}
    added = [
        {**row, "id": f"bank:receivables:{row['currency']}"}
        for account_id, row in found.items()
        if account_id == f"bank:cash:{row['currency']}"
    ]
    if added:
        connection.execute(insert(accounts), added)
