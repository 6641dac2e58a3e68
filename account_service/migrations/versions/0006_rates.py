"""Published rates, and how asking their sources went.

Revision ID: 0006
"""

from alembic import op
from sqlalchemy import Column, Integer, Text

from shared.storage.database import BigInt, short_text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "exchange_rates",
        Column("day", short_text(10), primary_key=True),
        Column("source", short_text(40), nullable=False),
        Column("per_euro", Text, nullable=False),
        Column("fetched_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "interest_rates",
        Column("source", short_text(40), primary_key=True),
        Column("name", short_text(60), primary_key=True),
        Column("effective_on", short_text(10), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("rate", short_text(12), nullable=False),
        Column("fetched_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("interest_rates_by_day", "interest_rates", ["effective_on"])
    op.create_table(
        "rate_sources",
        Column("name", short_text(40), primary_key=True),
        Column("asked_at", BigInt, nullable=False),
        Column("read_at", BigInt),
        Column("status", short_text(12), nullable=False),
        Column("problem", short_text(500)),
        sqlite_strict=True,
    )
