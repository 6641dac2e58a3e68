"""Acts of people with power, and what happens to log-ins, are written down in the commits that carry them out.

Revision ID: 0011
"""

from alembic import op
from sqlalchemy import Column

from shared import audit
from shared.storage.database import short_text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table and its feed, and a place for which of the staff asked for a card."""
    audit.introduce(op.get_bind())
    op.add_column("cards", Column("asked_by", short_text(700)))
