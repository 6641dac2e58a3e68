"""Projections of the feeds with their positions, and the stored reports.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, UniqueConstraint

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _journal()
    _standing()
    _registers()
    _reports()


def _journal() -> None:
    op.create_table(
        "feed_positions",
        Column("feed", short_text(20), primary_key=True),
        Column("position", BigInt, nullable=False),
        Column("hash", short_text(64), nullable=False),
        sqlite_strict=True,
    )
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
        Column("hash", short_text(64), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "legs",
        Column("account_id", IdText, nullable=False),
        Column("effective_at", BigInt, nullable=False),
        Column("position", BigInt, nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("balance_after_minor", BigInt),
        PrimaryKeyConstraint("account_id", "effective_at", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("legs_by_position", "legs", ["position"])


def _standing() -> None:
    op.create_table(
        "balances",
        Column("account_id", IdText, primary_key=True),
        Column("owner_id", IdText),
        Column("currency", short_text(3), nullable=False),
        Column("balance_minor", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("balances_of_owner", "balances", ["owner_id"])
    op.create_table(
        "volumes",
        Column("day", Integer, nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("entries", BigInt, nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        PrimaryKeyConstraint("day", "currency", "type"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _registers() -> None:
    op.create_table(
        "accounts",
        Column("id", IdText, primary_key=True),
        Column("user_id", IdText, nullable=False),
        Column("holder_name", short_text(100), nullable=False),
        Column("account_number", short_text(34), nullable=False),
        Column("account_type", short_text(16), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("nickname", short_text(60)),
        Column("status", short_text(16), nullable=False),
        Column("synthetic", Integer, nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("closed_at", BigInt),
        sqlite_strict=True,
    )
    op.create_table(
        "users",
        Column("id", IdText, primary_key=True),
        Column("username", short_text(64), nullable=False),
        Column("full_name", short_text(100), nullable=False),
        Column("email", short_text(254), nullable=False),
        Column("role", short_text(16), nullable=False),
        Column("status", short_text(16), nullable=False),
        Column("synthetic", Integer, nullable=False),
        Column("registered_at", BigInt, nullable=False),
        sqlite_strict=True,
    )


def _reports() -> None:
    op.create_table(
        "reports",
        Column("id", IdText, primary_key=True),
        Column("owner_id", IdText, nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("title", short_text(200), nullable=False),
        Column("parameters", LongText, nullable=False),
        Column("content", LongText, nullable=False),
        Column("content_hash", short_text(64), nullable=False),
        Column("as_of_position", BigInt, nullable=False),
        Column("created_at", BigInt, nullable=False),
        UniqueConstraint("owner_id", "content_hash"),
        sqlite_strict=True,
    )
    op.create_index("reports_of_owner", "reports", ["owner_id", "created_at", "id"])
