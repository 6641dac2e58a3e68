"""Entries tell what was exchanged by them, and what their payers call them.

What was derived from the journal is dropped: it is derived again, with these, from its start. Stored reports stay.

Revision ID: 0005
"""

from alembic import op
from sqlalchemy import Column, Integer, text

from shared.storage.database import BigInt, short_text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table and the column, and begin the journal anew."""
    for table in ("entries", "legs", "balances", "volumes", "turnover", "clock_steps"):
        op.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (a name from the line above)
    op.execute(text("UPDATE projection_state SET clock_ahead_us = 0"))
    op.execute(
        text("UPDATE feed_positions SET position = 0, mark = '', generation = generation + 1 WHERE feed = 'journal'")
    )
    op.add_column("entries", Column("end_to_end_id", short_text(35)))
    op.create_table(
        "exchanges",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("source_currency", short_text(3), nullable=False),
        Column("source_minor", BigInt, nullable=False),
        Column("target_currency", short_text(3), nullable=False),
        Column("target_minor", BigInt, nullable=False),
        Column("rate", short_text(24)),
        Column("reference_rate", short_text(24)),
        Column("margin_bp", Integer),
        Column("rate_day", Integer),
        sqlite_strict=True,
    )
