"""What happened to an authorization is added to, and never changed: the database itself refuses from now on.

Revision ID: 0028
"""

from alembic import op

from shared.storage import append_only

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Guard the table. Its rows stay as they are."""
    append_only.guard(op.get_bind(), "authorization_events")
