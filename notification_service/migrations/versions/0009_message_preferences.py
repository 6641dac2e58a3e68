"""By which ways people want to be told of what.

Revision ID: 0009
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt, IdText, short_text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table; nobody has chosen anything yet."""
    op.create_table(
        "message_preferences",
        Column("user_id", IdText, primary_key=True),
        Column("type", short_text(30), primary_key=True),
        Column("inbox", BigInt, nullable=False),
        Column("email", BigInt, nullable=False),
        Column("webhook", BigInt, nullable=False),
        sqlite_strict=True,
    )
