"""Reports that people build themselves, and what they said each time.

Revision ID: 0007
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer, UniqueConstraint

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make both tables and their indexes."""
    op.create_table(
        "custom_reports",
        Column("id", IdText, primary_key=True),
        Column("owner_id", IdText, nullable=False),
        Column("name", short_text(100), nullable=False),
        Column("scope", short_text(8), nullable=False),
        Column("schedule", short_text(8)),
        Column("definition", LongText, nullable=False),
        Column("due_at", BigInt),
        Column("created_at", BigInt, nullable=False),
        Column("updated_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("custom_reports_of_owner", "custom_reports", ["owner_id", "created_at", "id"])
    op.create_index("custom_reports_due", "custom_reports", ["due_at"])
    op.create_table(
        "custom_report_runs",
        Column("id", IdText, primary_key=True),
        Column("report_id", IdText, nullable=False),
        Column("owner_id", IdText, nullable=False),
        Column("scope", short_text(8), nullable=False),
        Column("name", short_text(100), nullable=False),
        Column("period", short_text(8)),
        Column("skipped_periods", Integer, nullable=False),
        Column("from_day", Integer),
        Column("to_day", Integer),
        Column("movements", BigInt, nullable=False),
        Column("content", LongText),
        Column("error_code", short_text(50)),
        Column("as_of_position", BigInt, nullable=False),
        Column("created_at", BigInt, nullable=False),
        UniqueConstraint("report_id", "period"),
        CheckConstraint("(content IS NULL) = (error_code IS NOT NULL)", name="failed_without_content"),
        sqlite_strict=True,
    )
    op.create_index("custom_report_runs_of_report", "custom_report_runs", ["report_id", "created_at", "id"])
