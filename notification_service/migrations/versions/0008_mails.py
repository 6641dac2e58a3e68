"""E-mail: who can be written to, and the mails.

Revision ID: 0008
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0008"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables. Auth's feed is read from its start for them; what happened before is mailed to nobody."""
    op.create_index("deliveries_of_event", "deliveries", ["event_id"])
    op.create_table(
        "addressees",
        Column("user_id", IdText, primary_key=True),
        Column("email", short_text(254), nullable=False),
        Column("full_name", short_text(200), nullable=False),
        Column("is_customer", BigInt, nullable=False),
        Column("is_written_to", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "mails",
        Column("id", IdText, primary_key=True),
        Column("user_id", IdText, nullable=False),
        Column("kind", short_text(30), nullable=False),
        Column("address", short_text(254)),
        Column("facts", LongText, nullable=False),
        Column("sealed", short_text(500)),
        Column("created_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("mails_in_order", "mails", ["created_at", "id"])
