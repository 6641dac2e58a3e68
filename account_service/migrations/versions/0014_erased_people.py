"""Who was erased: nothing is opened for them any more.

Revision ID: 0014
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt, IdText

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "erased_people",
        Column("user_id", IdText, primary_key=True),
        Column("erased_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
