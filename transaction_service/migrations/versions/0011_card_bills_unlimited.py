"""Paying a credit card's bill uses up nothing of a day's limit: what has left accounts each day is counted anew.

Revision ID: 0011
"""

from alembic import op
from sqlalchemy import column, table, update

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Forget in which zone days were counted: the service counts them again as it starts (`daily_outgoings`)."""
    op.execute(update(table("ledger_state", column("time_zone"))).values(time_zone=None))
