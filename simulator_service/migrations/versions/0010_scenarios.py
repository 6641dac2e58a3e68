"""Scenarios that were injected into worlds.

Revision ID: 0010
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, UniqueConstraint

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "scenarios",
        Column("id", IdText, primary_key=True),
        Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("kind", short_text(40), nullable=False),
        Column("is_benign", Integer, nullable=False),
        Column("seed", BigInt, nullable=False),
        Column("width", Integer, nullable=False),
        Column("begins_us", BigInt, nullable=False),
        Column("ends_us", BigInt, nullable=False),
        Column("events", Integer, nullable=False),
        Column("parties", LongText, nullable=False),
        Column("created_at", BigInt, nullable=False),
        UniqueConstraint("world_id", "number", name="scenarios_number"),
        CheckConstraint("is_benign IN (0, 1)", name="scenarios_benign"),
        sqlite_strict=True,
    )
    op.create_index("scenarios_newest", "scenarios", ["created_at", "id"])
