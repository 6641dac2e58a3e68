"""Credit cards: from which account they are settled and when, and what it costs to pay late.

Revision ID: 0008
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt, IdText

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; no account is a credit card's yet, and no product has had such a fee."""
    op.add_column("accounts", Column("settlement_account_id", IdText))
    op.add_column("accounts", Column("billing_day", BigInt))
    op.create_index("accounts_settled_from", "accounts", ["settlement_account_id"])
    op.add_column("products", Column("late_card_payment_fee_minor", BigInt, nullable=False, server_default="0"))
