"""Worlds, who lives in them, and jobs.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "worlds",
        Column("id", IdText, primary_key=True),
        Column("number", Integer, nullable=False, unique=True),
        Column("seed", BigInt, nullable=False),
        Column("customers", Integer, nullable=False),
        Column("preset", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("password", short_text(128), nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("start_us", BigInt),
        Column("lived_until_us", BigInt),
        Column("posted", BigInt, nullable=False),
        Column("refused", BigInt, nullable=False),
        Column("plan_sha256", short_text(64), nullable=False),
        Column("live_speed", Integer),
        Column("created_at", BigInt, nullable=False),
        CheckConstraint("status IN ('making', 'alive', 'failed')", name="worlds_status"),
        sqlite_strict=True,
    )
    op.create_table(
        "parties",
        Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
        Column("party_id", short_text(40), nullable=False),
        Column("user_id", IdText, nullable=False),
        Column("username", short_text(64), nullable=False),
        Column("account_id", IdText),
        PrimaryKeyConstraint("world_id", "party_id"),
        sqlite_strict=True,
    )
    _jobs()


def _jobs() -> None:
    op.create_table(
        "jobs",
        Column("id", IdText, primary_key=True),
        Column("kind", short_text(10), nullable=False),
        Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
        Column("span_us", BigInt, nullable=False),
        Column("start_us", BigInt),
        Column("from_us", BigInt),
        Column("until_us", BigInt),
        Column("status", short_text(10), nullable=False),
        Column("stage", short_text(10), nullable=False),
        Column("progress_ppm", Integer, nullable=False),
        Column("posted", BigInt, nullable=False),
        Column("refused", BigInt, nullable=False),
        Column("busy_us", BigInt, nullable=False),
        Column("error", LongText),
        Column("created_at", BigInt, nullable=False),
        Column("finished_at", BigInt),
        CheckConstraint("kind IN ('world', 'advance')", name="jobs_kind"),
        CheckConstraint("status IN ('queued', 'running', 'succeeded', 'failed')", name="jobs_status"),
        sqlite_strict=True,
    )
    op.create_index("jobs_newest", "jobs", ["created_at", "id"])
    op.create_index("jobs_waiting", "jobs", ["status", "created_at", "id"])
