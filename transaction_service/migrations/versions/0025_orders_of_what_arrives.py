"""Orders whose amount is what arrives, in the currency of whom they pay.

Revision ID: 0025
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import short_text

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Of every order so far the amount is what leaves."""
    op.add_column("payment_orders", Column("fixed", short_text(6), nullable=False, server_default="source"))
