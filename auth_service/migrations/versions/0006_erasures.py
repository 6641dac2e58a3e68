"""Who is to be erased, and how far that has come.

Revision ID: 0006
"""

from alembic import op
from sqlalchemy import Column, ForeignKey

from shared.storage.database import BigInt, IdText, short_text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table, and say of a person when they were erased."""
    op.create_table(
        "erasures",
        Column("user_id", IdText, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        Column("asked_by", short_text(700), nullable=False),
        Column("reason", short_text(200)),
        Column("remaining", short_text(200), nullable=False),
        Column("asked_at", BigInt, nullable=False),
        Column("agreed_at", BigInt),
        Column("finished_at", BigInt),
        Column("attempts", BigInt, nullable=False),
        Column("due_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.add_column("users", Column("erased_at", BigInt))
