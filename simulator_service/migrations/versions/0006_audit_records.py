"""What administrators have the simulator do is written down in the commits that carry it out.

Revision ID: 0006
"""

from alembic import op

from shared import audit
from shared.events import feeds

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table and its feed, the first that the simulator has."""
    feeds.introduce_heads(op.get_bind(), {})
    audit.introduce(op.get_bind())
