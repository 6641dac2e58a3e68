"""Entries tell who made them and by which rule they are sealed; legs have numbers and currencies.

What was derived from the journal is dropped: it is derived again, with these, from its start. Stored reports stay.

Revision ID: 0004
"""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, text

from shared.storage.database import BigInt, IdText, short_text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the two tables anew, and begin the journal anew."""
    for table in ("balances", "volumes", "turnover", "clock_steps"):
        op.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (a name from the line above)
    op.execute(text("UPDATE projection_state SET clock_ahead_us = 0"))
    op.execute(
        text("UPDATE feed_positions SET position = 0, mark = '', generation = generation + 1 WHERE feed = 'journal'")
    )
    op.drop_table("entries")
    op.create_table(
        "entries",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("id", IdText, nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("from_account_id", IdText),
        Column("to_account_id", IdText),
        Column("description", short_text(500), nullable=False),
        Column("category", short_text(50)),
        Column("initiator_id", short_text(50), nullable=False),
        Column("initiator_kind", short_text(10)),
        Column("initiator_role", short_text(20)),
        Column("session_id", IdText),
        Column("channel", short_text(20)),
        Column("request_id", short_text(100)),
        Column("reverses", IdText),
        Column("effective_at", BigInt, nullable=False),
        Column("booked_at", BigInt, nullable=False),
        Column("day", Integer, nullable=False),
        Column("hash_version", Integer, nullable=False),
        Column("hash", short_text(64), nullable=False),
        sqlite_strict=True,
    )
    op.drop_table("legs")
    op.create_table(
        "legs",
        Column("account_id", IdText, nullable=False),
        Column("effective_at", BigInt, nullable=False),
        Column("position", BigInt, nullable=False),
        Column("leg", Integer, nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("balance_after_minor", BigInt),
        PrimaryKeyConstraint("account_id", "effective_at", "position", "leg"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("legs_by_position", "legs", ["position"])
    op.create_index("legs_by_amount", "legs", ["account_id", "amount_minor"])
