"""The tables of the auth database. Instants are microseconds since the epoch; a boolean is 0 or 1."""

from sqlalchemy import Column, ForeignKey, Index, Table

from shared import feeds
from shared.database import BigInt, IdText, LongText, service_models, short_text

db = service_models()
metadata = db.metadata

users = Table(
    "users",
    metadata,
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
    Index("users_newest", "created_at", "id"),
    Index("users_by_role", "role", "created_at", "id"),
    sqlite_strict=True,
)

sessions = Table(
    "sessions",
    metadata,
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
    Index("sessions_by_user", "user_id", "created_at", "id"),
    Index("sessions_by_expiry", "expires_at"),
    sqlite_strict=True,
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", short_text(64), primary_key=True),
    Column("session_id", IdText, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInt, nullable=False),
    Column("used_at", BigInt),
    Index("refresh_tokens_by_session", "session_id"),
    Index("refresh_tokens_by_expiry", "expires_at"),
    sqlite_strict=True,
)

known_devices = Table(
    "known_devices",
    metadata,
    Column("user_id", IdText, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("network", short_text(45), primary_key=True),
    Column("agent_digest", short_text(64), primary_key=True),
    Column("last_seen_at", BigInt, nullable=False),
    sqlite_strict=True,
)

failed_guesses = Table(
    "failed_guesses",
    metadata,
    Column("subject", short_text(160), primary_key=True),
    Column("failures", BigInt, nullable=False),
    Column("last_failure_at", BigInt, nullable=False),
    Column("blocked_until", BigInt, nullable=False),
    Index("failed_guesses_by_age", "last_failure_at"),
    sqlite_strict=True,
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", IdText, primary_key=True),
    Column("private_key", short_text(64), nullable=False),
    Column("public_key", short_text(64), nullable=False),
    Column("signs_from", BigInt, nullable=False),
    sqlite_strict=True,
)

events = Table(
    "events",
    metadata,
    Column("position", BigInt, primary_key=True, autoincrement=True),
    Column("id", IdText, nullable=False),
    Column("type", short_text(32), nullable=False),
    Column("user_id", IdText),
    Column("occurred_at", BigInt, nullable=False),
    Column("data", LongText, nullable=False),
    Index("events_by_user", "user_id"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

revocations = Table(
    "revocations",
    metadata,
    Column("position", BigInt, primary_key=True, autoincrement=True),
    Column("session_id", IdText),
    Column("user_id", IdText),
    Column("issued_before", BigInt),
    Column("created_at", BigInt, nullable=False),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

feed_heads = feeds.heads_table(metadata)
