"""Users, sessions, keys, throttling and the two feeds.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _people()
    _sessions()
    op.create_table(
        "failed_guesses",
        Column("subject", short_text(160), primary_key=True),
        Column("failures", BigInt, nullable=False),
        Column("last_failure_at", BigInt, nullable=False),
        Column("blocked_until", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("failed_guesses_by_age", "failed_guesses", ["last_failure_at"])
    op.create_table(
        "signing_keys",
        Column("kid", IdText, primary_key=True),
        Column("private_key", short_text(64), nullable=False),
        Column("public_key", short_text(64), nullable=False),
        Column("signs_from", BigInt, nullable=False),
        sqlite_strict=True,
    )
    _feeds()


def _people() -> None:
    op.create_table(
        "users",
        Column("id", IdText, primary_key=True),
        Column("username", short_text(64), nullable=False),
        Column("username_key", short_text(64), nullable=False, unique=True),
        Column("email", short_text(254), nullable=False),
        Column("email_key", short_text(254), nullable=False, unique=True),
        Column("full_name", short_text(100), nullable=False),
        Column("search_text", LongText, nullable=False),
        Column("role", short_text(16), nullable=False),
        Column("status", short_text(16), nullable=False),
        Column("synthetic", BigInt, nullable=False),
        Column("created_by", short_text(64)),
        Column("password_hash", short_text(255), nullable=False),
        Column("created_at", BigInt, nullable=False),
        CheckConstraint("role IN ('customer', 'employee', 'admin')", name="users_role"),
        CheckConstraint("status IN ('active', 'disabled')", name="users_status"),
        CheckConstraint("synthetic IN (0, 1)", name="users_synthetic"),
        sqlite_strict=True,
    )
    op.create_index("users_newest", "users", ["created_at", "id"])
    op.create_index("users_by_role", "users", ["role", "created_at", "id"])
    op.create_table(
        "known_devices",
        Column("user_id", IdText, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        Column("network", short_text(45), primary_key=True),
        Column("agent_digest", short_text(64), primary_key=True),
        Column("last_seen_at", BigInt, nullable=False),
        sqlite_strict=True,
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        Column("id", IdText, primary_key=True),
        Column("user_id", IdText, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        Column("chain_key", short_text(64), nullable=False),
        Column("address", short_text(45), nullable=False),
        Column("user_agent", short_text(200), nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("last_used_at", BigInt, nullable=False),
        Column("expires_at", BigInt, nullable=False),
        Column("ended_at", BigInt),
        Column("end_reason", short_text(32)),
        sqlite_strict=True,
    )
    op.create_index("sessions_by_user", "sessions", ["user_id", "created_at", "id"])
    op.create_index("sessions_by_expiry", "sessions", ["expires_at"])
    op.create_table(
        "refresh_tokens",
        Column("digest", short_text(64), primary_key=True),
        Column("session_id", IdText, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
        Column("expires_at", BigInt, nullable=False),
        Column("used_at", BigInt),
        sqlite_strict=True,
    )
    op.create_index("refresh_tokens_by_session", "refresh_tokens", ["session_id"])
    op.create_index("refresh_tokens_by_expiry", "refresh_tokens", ["expires_at"])


def _feeds() -> None:
    op.create_table(
        "events",
        Column("position", BigInt, primary_key=True, autoincrement=True),
        Column("id", IdText, nullable=False),
        Column("type", short_text(32), nullable=False),
        Column("user_id", IdText),
        Column("occurred_at", BigInt, nullable=False),
        Column("data", LongText, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_user", "events", ["user_id"])
    op.create_table(
        "revocations",
        Column("position", BigInt, primary_key=True, autoincrement=True),
        Column("session_id", IdText),
        Column("user_id", IdText),
        Column("issued_before", BigInt),
        Column("created_at", BigInt, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
