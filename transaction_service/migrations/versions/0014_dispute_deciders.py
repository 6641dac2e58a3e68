"""Who decided a dispute is kept beside how.

Revision ID: 0014
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Of those that were decided before, nobody knows."""
    op.add_column("disputes", Column("decider_key", BigInt))
