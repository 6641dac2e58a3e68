"""How far a world's steps may have begun to post, and the idempotency keys under which scenarios were injected.

Revision ID: 0011
"""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer

from shared.storage import row_seal_migrations
from shared.storage.database import BigInt, IdText, short_text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column, and make the table."""
    op.add_column("worlds", Column("posting_until_us", BigInt))
    op.create_table(
        "injection_keys",
        Column("name", short_text(64), primary_key=True),
        Column("request_hash", short_text(64), nullable=False),
        Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
        Column("first_number", Integer, nullable=False),
        Column("last_number", Integer, nullable=False),
        sqlite_strict=True,
    )
    row_seal_migrations.seal_again(op.get_bind(), ["worlds"])
