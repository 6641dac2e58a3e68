"""Whoever gives a card up may do so with an idempotency key, as it may charge and pay a last bill.

Revision ID: 0012
"""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint

from shared.storage.database import IdText, LongText, short_text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table of the keys."""
    op.create_table(
        "card_cancellations",
        Column("caller_id", short_text(64), nullable=False),
        Column("key", short_text(255), nullable=False),
        Column("card_id", IdText, nullable=False),
        Column("reply", LongText, nullable=False),
        PrimaryKeyConstraint("caller_id", "key"),
        sqlite_strict=True,
    )
