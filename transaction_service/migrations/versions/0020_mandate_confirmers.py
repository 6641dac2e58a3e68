"""Who agreed to a mandate is kept: its debtor, or somebody who works here for them.

Revision ID: 0020
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Of those that were confirmed before, nobody knows."""
    op.add_column("mandates", Column("confirmer_key", BigInt))
