"""A seal for each row, so that the proof names one that was altered by hand; and residents by user.

Revision ID: 0002
"""

from alembic import op

from shared.storage import row_seal_migrations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, seal what is there, and make the index."""
    row_seal_migrations.introduce(op.get_bind(), ("worlds", "parties", "jobs"))
    op.create_index("parties_user", "parties", ["user_id"])
