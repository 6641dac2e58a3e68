"""Notice before money leaves an account, fees for paying in another currency, and quotes for one account.

Revision ID: 0024
"""

from alembic import op
from sqlalchemy import Column, Integer

from shared.storage.compact_columns import CompactId

revision = "0024"
down_revision = "0022"


def upgrade() -> None:
    """Add the columns: no plan has asked for either yet."""
    for name in ("exchange_fee_bp", "notice_days"):
        op.add_column("rate_plans", Column(name, Integer, nullable=False, server_default="0"))
    op.add_column("accounts", Column("notice_days", Integer, nullable=False, server_default="0"))
    op.add_column("quotes", Column("account_id", CompactId))
