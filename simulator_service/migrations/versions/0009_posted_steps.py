"""What the bank calls each posted event of a world is kept, a row a step. Of what was posted before, nothing is known.

Revision ID: 0009
"""

from alembic import op
from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint

from shared.storage.database import BigInt, IdText, LongText

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "posted_steps",
        Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
        Column("until_us", BigInt, nullable=False),
        Column("bank_ids", LongText, nullable=False),
        PrimaryKeyConstraint("world_id", "until_us"),
        sqlite_strict=True,
    )
