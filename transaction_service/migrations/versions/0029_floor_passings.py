"""Entries say how far they left an account below its floor. Of those made before, nobody wrote that down.

Revision ID: 0029
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey

from shared.storage import append_only
from shared.storage.database import BigInt

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "floor_passings",
        Column("position", BigInt, ForeignKey("entries.position"), primary_key=True, autoincrement=False),
        Column("account_key", BigInt, ForeignKey("accounts.key"), primary_key=True, autoincrement=False),
        Column("below_minor", BigInt, nullable=False),
        CheckConstraint("below_minor > 0", name="below_its_floor"),
        sqlite_strict=True,
    )
    append_only.guard(op.get_bind(), "floor_passings")
