"""What a payer calls a payment goes with it from one end to the other.

Revision ID: 0019
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import short_text

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Until now nobody could say any: the columns are empty."""
    for table in ("entries", "refused_attempts", "payment_orders", "collections"):
        op.add_column(table, Column("end_to_end_id", short_text(35)))
