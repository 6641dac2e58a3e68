"""A feed of what the ledger tells beside the journal.

Revision ID: 0005
"""

from alembic import op
from sqlalchemy import Column, Text

from shared.events import feeds
from shared.storage.database import BigInt, IdText, short_text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the feed and its head."""
    op.create_table(
        "events",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("id", IdText, nullable=False),
        Column("type", short_text(32), nullable=False),
        Column("occurred_at", BigInt, nullable=False),
        Column("data", Text, nullable=False),
        sqlite_strict=True,
    )
    feeds.introduce_heads(op.get_bind(), {"events": 0})
