"""What moved on each account each day, by type and category; and each account's largest movements at hand.

What was derived from the journal is dropped: it is derived again, with these, from the start of the feed.

Revision ID: 0002
"""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, text

from shared.storage.database import BigInt, IdText, short_text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and the index, and begin the journal anew."""
    for table in ("entries", "legs", "balances", "volumes"):
        op.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (a name from the line above)
    op.execute(text("DELETE FROM feed_positions WHERE feed = 'journal'"))
    op.create_table(
        "turnover",
        Column("account_id", IdText, nullable=False),
        Column("day", Integer, nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("category", short_text(50), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("income_minor", BigInt, nullable=False),
        Column("expense_minor", BigInt, nullable=False),
        Column("movements", BigInt, nullable=False),
        Column("own_income_minor", BigInt, nullable=False),
        Column("own_expense_minor", BigInt, nullable=False),
        Column("own_arrivals", BigInt, nullable=False),
        PrimaryKeyConstraint("account_id", "day", "type", "category"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("legs_by_amount", "legs", ["account_id", "amount_minor"])
