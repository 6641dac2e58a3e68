"""Entries are found by when they took effect, and a report says how often it was tried in vain, and when it is again.

Revision ID: 0008
"""

from alembic import op
from sqlalchemy import Column, Integer

from shared.storage.database import BigInt

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the index and the columns."""
    op.create_index("entries_by_time", "entries", ["effective_at", "position"])
    op.add_column("custom_reports", Column("attempts", Integer, nullable=False, server_default="0"))
    op.add_column("custom_reports", Column("retry_at", BigInt))
