"""How far those who have a product were told of a version of it. Of the versions that there are, nobody is told now.

Revision ID: 0013
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import short_text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column."""
    op.add_column("products", Column("announced_until", short_text(64)))
