"""The bank's clock can stand still: where it stands.

Revision ID: 0031
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add the column; every clock there is runs."""
    op.add_column("ledger_state", Column("clock_stands_at", BigInt))
