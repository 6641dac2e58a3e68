"""Days are those of the bank's zone, its clock is kept, a reader of a feed keeps the mark of the row it is at, and
proofs are jobs.

What was derived is dropped: it is derived again, with these, from the start of the feeds. Stored reports stay.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer, text

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and begin every feed anew."""
    for table in ("legs", "balances", "volumes", "turnover", "accounts", "users"):
        op.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (a name from the line above)
    _positions()
    _clock()
    _entries()
    _proofs()
    op.add_column("turnover", Column("arrivals", BigInt, nullable=False, server_default="0"))


def _positions() -> None:
    op.drop_table("feed_positions")
    op.create_table(
        "feed_positions",
        Column("feed", short_text(64), primary_key=True),
        Column("position", BigInt, nullable=False),
        Column("mark", short_text(64), nullable=False, server_default=""),
        Column("generation", Integer, nullable=False, server_default="0"),
        sqlite_strict=True,
    )


def _clock() -> None:
    state = op.create_table(
        "projection_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("time_zone", short_text(64), nullable=False),
        Column("clock_ahead_us", BigInt, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )
    op.bulk_insert(state, [{"id": 1, "time_zone": "", "clock_ahead_us": 0}])
    op.create_table(
        "clock_steps",
        Column("booked_at", BigInt, primary_key=True, autoincrement=False),
        Column("clock_ahead_us", BigInt, nullable=False),
        sqlite_strict=True,
    )


def _entries() -> None:
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
        Column("reverses", IdText),
        Column("effective_at", BigInt, nullable=False),
        Column("booked_at", BigInt, nullable=False),
        Column("day", Integer, nullable=False),
        Column("hash", short_text(64), nullable=False),
        sqlite_strict=True,
    )


def _proofs() -> None:
    op.create_table(
        "proofs",
        Column("id", IdText, primary_key=True),
        Column("status", short_text(16), nullable=False),
        Column("started_by", IdText, nullable=False),
        Column("started_at", BigInt, nullable=False),
        Column("finished_at", BigInt),
        Column("result", LongText),
        Column("error", short_text(500)),
        CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_when_not_running"),
        sqlite_strict=True,
    )
