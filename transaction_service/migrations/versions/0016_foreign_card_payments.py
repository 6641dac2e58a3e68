"""Card payments in another currency than the account's: at which rates, and how much of the shop's currency.

Revision ID: 0016
"""

from alembic import op
from sqlalchemy import Column, Integer

from shared.storage.database import BigInt, short_text

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; every payment until now was in its account's own currency, for which they are empty."""
    op.add_column("authorizations", Column("reference_rate", short_text(30)))
    op.add_column("authorizations", Column("margin_bp", Integer))
    op.add_column("authorizations", Column("rate_day", Integer))
    op.add_column("authorization_events", Column("original_minor", BigInt))
