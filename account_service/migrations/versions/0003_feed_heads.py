"""Positions of the events feed come from a head row, and a reader of a feed keeps the mark of the row it is at.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import Column, Integer

from shared.events import feeds
from shared.storage.database import short_text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the head row, at what has been given out already, and the columns."""
    connection = op.get_bind()
    feeds.introduce_heads(connection, {"events": feeds.last_given_out(connection, "events")})
    op.add_column("feed_positions", Column("mark", short_text(64), nullable=False, server_default=""))
    op.add_column("feed_positions", Column("generation", Integer, nullable=False, server_default="0"))
