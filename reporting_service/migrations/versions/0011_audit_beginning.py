"""Where the audit trail begins: older records may be removed, from its beginning on, when the settings say so.

Revision ID: 0011
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer

from shared.storage.database import BigInt, short_text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table; it has no row for as long as nothing was removed."""
    op.create_table(
        "audit_beginning",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInt, nullable=False),
        Column("seal", short_text(64), nullable=False),
        Column("removed_before", BigInt, nullable=False),
        Column("key_id", short_text(16), nullable=False),
        Column("proof", short_text(64), nullable=False),
        CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )
