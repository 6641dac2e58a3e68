"""Seals are made with a key from now on.

Revision ID: 0003
"""

from alembic import op

from shared.storage import row_seal_migrations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Seal with the key what its hash fits."""
    row_seal_migrations.adopt_key(op.get_bind(), ("worlds", "parties", "jobs"))
