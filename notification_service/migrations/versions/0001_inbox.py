"""Notifications, the accounts they name, how far each feed has been taken in, and the one row of state.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer

from shared.storage.database import BigInt, IdText, short_text

revision = "0001"
down_revision = None

FEEDS = ("accounts", "journal", "users")


def upgrade() -> None:
    """Make the tables; every feed begins at its beginning."""
    op.create_table(
        "notifications",
        Column("id", IdText, primary_key=True),
        Column("user_id", IdText, nullable=False),
        Column("type", short_text(30), nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("read_at", BigInt),
        Column("entry_id", IdText),
        Column("movement", short_text(20)),
        Column("amount_minor", BigInt),
        Column("currency", short_text(3)),
        Column("account_id", IdText),
        Column("other_account_id", IdText),
        Column("detail", short_text(500), nullable=False),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="amount_has_its_currency"),
        CheckConstraint("amount_minor IS NULL OR amount_minor > 0", name="amount_positive"),
        sqlite_strict=True,
    )
    op.create_index("notifications_of_user", "notifications", ["user_id", "created_at", "id"])
    op.create_table(
        "accounts",
        Column("id", IdText, primary_key=True),
        Column("holder_name", short_text(200), nullable=False),
        Column("account_number", short_text(34), nullable=False),
        Column("account_type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("nickname", short_text(200)),
        sqlite_strict=True,
    )
    positions = op.create_table(
        "feed_positions",
        Column("feed", short_text(20), primary_key=True),
        Column("position", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.bulk_insert(positions, [{"feed": feed, "position": 0} for feed in FEEDS])
    state = op.create_table(
        "inbox_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("generation", Integer, nullable=False),
        Column("clock_ahead_us", BigInt, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("clock_ahead_us >= 0", name="clock_not_behind"),
        sqlite_strict=True,
    )
    op.bulk_insert(state, [{"id": 1, "generation": 0, "clock_ahead_us": 0}])
