"""Credit cards cost what their rate plan says, and paying late is one of its fees.

Revision ID: 0017
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer

from shared.storage.database import BigInt, short_text

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the table of credit lines anew: nobody has had one, as the account service issued no credit cards before."""
    op.add_column("rate_plans", Column("late_payment_fee_minor", BigInt, nullable=False, server_default="0"))
    op.drop_table("credit_lines")
    op.create_table(
        "credit_lines",
        Column("account_key", BigInt, ForeignKey("accounts.key"), primary_key=True, autoincrement=False),
        Column("settlement_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("billing_day", Integer, nullable=False),
        Column("plan", short_text(40), nullable=False),
        CheckConstraint("billing_day BETWEEN 1 AND 28", name="billing_day_in_every_month"),
        sqlite_strict=True,
    )
    op.create_index("credit_lines_of_settlement", "credit_lines", ["settlement_key"])
