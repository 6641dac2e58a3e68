"""Notice before money leaves an account, and fees for paying in another currency.

Revision ID: 0010
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns: no product has asked for either yet."""
    for name in ("foreign_exchange_fee_bp", "notice_days"):
        op.add_column("products", Column(name, BigInt, nullable=False, server_default="0"))
