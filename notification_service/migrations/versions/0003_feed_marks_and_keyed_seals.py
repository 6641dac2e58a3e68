"""Seals are made with a key, and a reader of a feed keeps the mark of the row it is at, and its own generation.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import Column, Integer, text

from shared.storage import row_seal_migrations
from shared.storage.database import short_text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Seal with the key what its hash fits; positions carry marks instead, and the state no generation."""
    connection = op.get_bind()
    row_seal_migrations.adopt_key(connection, ("notifications", "accounts"))
    op.add_column("feed_positions", Column("mark", short_text(64), nullable=False, server_default=""))
    op.add_column("feed_positions", Column("generation", Integer, nullable=False, server_default="0"))
    op.execute(text("UPDATE feed_positions SET generation = (SELECT generation FROM inbox_state)"))
    op.execute(text("DELETE FROM row_seals WHERE table_name = 'feed_positions'"))
    op.drop_column("inbox_state", "generation")
    row_seal_migrations.seal_again(connection, ["inbox_state"])
