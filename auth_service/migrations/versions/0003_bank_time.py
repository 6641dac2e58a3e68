"""When people became users in the bank's time; of those of before only real time is known.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("users", Column("created_at_bank", BigInt))
