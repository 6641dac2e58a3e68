"""Tokens that a forgotten password is replaced with.

Revision ID: 0005
"""

from alembic import op
from sqlalchemy import Column, ForeignKey

from shared.storage.database import BigInt, IdText, short_text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "password_resets",
        Column("digest", short_text(64), primary_key=True),
        Column("user_id", IdText, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        Column("email_key", short_text(254), nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("expires_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("password_resets_of_user", "password_resets", ["user_id"])
