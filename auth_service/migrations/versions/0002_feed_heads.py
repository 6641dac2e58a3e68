"""Positions of the two feeds come from head rows.

Revision ID: 0002
"""

from alembic import op

from shared.events import feeds

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the head rows, at what has been given out already."""
    connection = op.get_bind()
    last = {feed: feeds.last_given_out(connection, feed) for feed in ("events", "revocations")}
    feeds.introduce_heads(connection, last)
