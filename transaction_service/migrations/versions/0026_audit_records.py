"""Acts of people with power, and what happens to log-ins, are written down in the commits that carry them out.

Revision ID: 0026
"""

from alembic import op

from shared import audit

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Make the table and its feed."""
    audit.introduce(op.get_bind())
