"""Accounts, the idempotency keys of their openings, the events feed.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, PrimaryKeyConstraint, text

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    op.create_table(
        "opening_keys",
        Column("caller_id", short_text(64), nullable=False),
        Column("key", short_text(255), nullable=False),
        Column("request_hash", short_text(64), nullable=False),
        Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False, unique=True),
        Column("shows_number", BigInt, nullable=False),
        Column("status", BigInt),
        Column("reply", LongText),
        CheckConstraint("(status IS NULL) = (reply IS NULL)", name="reply_is_whole"),
        PrimaryKeyConstraint("caller_id", "key"),
        sqlite_strict=True,
    )
    op.create_table(
        "events",
        Column("position", BigInt, primary_key=True, autoincrement=True),
        Column("id", IdText, nullable=False),
        Column("type", short_text(32), nullable=False),
        Column("occurred_at", BigInt, nullable=False),
        Column("data", LongText, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_positions",
        Column("feed", short_text(64), primary_key=True),
        Column("position", BigInt, nullable=False),
        sqlite_strict=True,
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        Column("id", IdText, primary_key=True),
        Column("user_id", IdText, nullable=False),
        Column("holder_name", short_text(100), nullable=False),
        Column("synthetic", BigInt, nullable=False),
        Column("account_number", short_text(34), nullable=False, unique=True),
        Column("account_type", short_text(16), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("nickname", short_text(60)),
        Column("floor_minor", BigInt, nullable=False),
        Column("movement_limit_minor", BigInt, nullable=False),
        Column("daily_limit_minor", BigInt, nullable=False),
        Column("initial_deposit_minor", BigInt, nullable=False),
        Column("opened_by", short_text(64), nullable=False),
        Column("status", short_text(16), nullable=False),
        Column("pending_status", short_text(16)),
        Column("pending_reason", short_text(200)),
        Column("leased_until", BigInt, nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("closed_at", BigInt),
        CheckConstraint("status IN ('opening', 'open', 'frozen', 'closing', 'closed', 'refused')", name="status_known"),
        CheckConstraint("pending_status IN ('open', 'frozen', 'closed')", name="pending_status_known"),
        CheckConstraint("status NOT IN ('opening', 'closing') OR pending_status IS NOT NULL", name="half_is_pending"),
        CheckConstraint("status NOT IN ('closed', 'refused') OR pending_status IS NULL", name="final_is_final"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
        CheckConstraint(
            "movement_limit_minor > 0 AND daily_limit_minor >= movement_limit_minor", name="limits_positive"
        ),
        CheckConstraint("initial_deposit_minor >= 0", name="initial_deposit_not_negative"),
        CheckConstraint("synthetic IN (0, 1)", name="synthetic_boolean"),
        sqlite_strict=True,
    )
    op.create_index("accounts_of_user", "accounts", ["user_id", "created_at", "id"])
    op.create_index("accounts_by_age", "accounts", ["created_at", "id"])
    op.create_index("accounts_pending", "accounts", ["leased_until"], sqlite_where=text("pending_status IS NOT NULL"))
