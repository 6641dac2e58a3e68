"""What a dispute took from the account of a shop of this bank is kept beside what it gave back.

Revision ID: 0018
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Those that were won before took nothing from anybody: the network paid, for which zero stands."""
    op.add_column("disputes", Column("debit_position", BigInt))
    op.execute("UPDATE disputes SET debit_position = 0 WHERE status = 'won'")
