"""Who asked for a change of an account is kept with it until the ledger has carried it out.

Revision ID: 0009
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import short_text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Of changes that are pending now, nobody knows."""
    op.add_column("accounts", Column("pending_by", short_text(700)))
