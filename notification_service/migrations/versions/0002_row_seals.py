"""A seal for each row, so that the proof names one that was altered by hand.

Revision ID: 0002
"""

from alembic import op

from shared.storage import row_seal_migrations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, and seal what is there."""
    row_seal_migrations.introduce(op.get_bind(), ("notifications", "accounts", "feed_positions", "inbox_state"))
