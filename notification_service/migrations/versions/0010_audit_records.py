"""What staff do with webhooks is written down in the commits that do it.

Revision ID: 0010
"""

from alembic import op

from shared import audit
from shared.events import feeds

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table and its feed, the first that this service has."""
    feeds.introduce_heads(op.get_bind(), {})
    audit.introduce(op.get_bind())
