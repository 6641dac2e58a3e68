"""A job can be cancelled, or go on until an instant; each world says how far the advance under way takes it.

Revision ID: 0008
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, column, insert, inspect, select, table

from shared.storage import row_seal_migrations
from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0008"
down_revision = "0007"

_STATUSES = "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')"
_COLUMNS = (
    "id", "kind", "world_id", "span_us", "start_us", "from_us", "until_us", "status", "stage", "progress_ppm",
    "posted", "refused", "busy_us", "error", "created_at", "finished_at",
)  # fmt: skip


def upgrade() -> None:
    """Add the columns and the status; SQLite has the table of jobs made anew, with its rows."""
    connection = op.get_bind()
    op.add_column("worlds", Column("advancing_to_us", BigInt))
    if connection.dialect.name == "sqlite":
        _make_anew()
    else:
        named = {found["name"] for found in inspect(connection).get_check_constraints("jobs")}
        if "jobs_status" in named:
            op.drop_constraint("jobs_status", "jobs", type_="check")
        op.create_check_constraint("jobs_status", "jobs", _STATUSES)
        op.add_column("jobs", Column("to_us", BigInt))
        op.add_column("jobs", Column("cancel_asked_at", BigInt))
    row_seal_migrations.seal_again(connection, ["worlds", "jobs"])


def _make_anew() -> None:
    for name in ("jobs_newest", "jobs_waiting"):
        op.drop_index(name, "jobs")
    op.rename_table("jobs", "old_jobs")
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
        Column("to_us", BigInt),
        Column("cancel_asked_at", BigInt),
        CheckConstraint("kind IN ('world', 'advance')", name="jobs_kind"),
        CheckConstraint(_STATUSES, name="jobs_status"),
        sqlite_strict=True,
    )
    old, new = (table(name, *(column(each) for each in _COLUMNS)) for name in ("old_jobs", "jobs"))
    op.execute(insert(new).from_select(_COLUMNS, select(*(old.c[each] for each in _COLUMNS))))
    op.drop_table("old_jobs")
    op.create_index("jobs_newest", "jobs", ["created_at", "id"])
    op.create_index("jobs_waiting", "jobs", ["status", "created_at", "id"])
