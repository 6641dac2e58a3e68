"""Credit cards: what their accounts are billed by, and statements.

Revision ID: 0010
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, UniqueConstraint

from shared.storage.compact_columns import CompactId
from shared.storage.database import BigInt, short_text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables; nobody has had a credit card before."""
    op.create_table(
        "credit_lines",
        Column("account_key", BigInt, ForeignKey("accounts.key"), primary_key=True, autoincrement=False),
        Column("settlement_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("billing_day", Integer, nullable=False),
        *(Column(name, BigInt, nullable=False) for name in ("rate", "late_fee_minor", "version")),
        CheckConstraint("billing_day BETWEEN 1 AND 28", name="billing_day_in_every_month"),
        sqlite_strict=True,
    )
    amounts = ("opening", "purchases", "payments", "interest", "fees", "closing", "minimum")
    op.create_table(
        "card_statements",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("until_position", BigInt, nullable=False),
        Column("from_day", Integer, nullable=False),
        Column("due_day", Integer, nullable=False),
        *(Column(f"{name}_minor", BigInt, nullable=False) for name in amounts),
        Column("currency", short_text(3), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("fee_position", BigInt, ForeignKey("entries.position")),
        Column("created_at", BigInt, nullable=False),
        UniqueConstraint("account_key", "due_day"),
        CheckConstraint(
            "closing_minor = opening_minor + purchases_minor + interest_minor + fees_minor - payments_minor",
            name="statement_adds_up",
        ),
        sqlite_strict=True,
    )
