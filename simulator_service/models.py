"""The simulator's tables: worlds, who lives in them, and the jobs that make and move them.

Instants are microseconds since the epoch, spans microseconds. How far a world has been lived and what came of it change
in one commit, after the bank has answered: a job killed in between posts the same events again under the same keys.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from shared import row_seals
from shared.database import BigInt, IdText, LongText, service_models, short_text

db = service_models()
metadata = db.metadata

seals = row_seals.seal_table(metadata)

worlds = Table(
    "worlds",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("seed", BigInt, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("preset", short_text(20), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("log_in_salt", short_text(32)),
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

parties = Table(
    "parties",
    metadata,
    Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
    Column("party_id", short_text(40), nullable=False),
    Column("user_id", IdText, nullable=False),
    Column("username", short_text(64), nullable=False),
    Column("account_id", IdText),
    PrimaryKeyConstraint("world_id", "party_id"),
    sqlite_strict=True,
)
Index("parties_user", parties.c.user_id)

jobs = Table(
    "jobs",
    metadata,
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
Index("jobs_newest", jobs.c.created_at, jobs.c.id)
Index("jobs_waiting", jobs.c.status, jobs.c.created_at, jobs.c.id)

resets = Table(
    "resets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("stage", short_text(10), nullable=False),
    Column("left_out", short_text(200), nullable=False),
    CheckConstraint("id = 1", name="resets_one"),
    CheckConstraint("stage IN ('fencing', 'emptying', 'opening')", name="resets_stage"),
    sqlite_strict=True,
)
