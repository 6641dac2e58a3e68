"""What people of a world have at the bank beside their account: cards, savings, standing orders, mandates.

Worlds made before have none; their people get them when the world lives on.

Revision ID: 0005
"""

from alembic import op
from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint

from shared.storage import row_seal_migrations
from shared.storage.database import BigInt, IdText, short_text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table, and the column that says since when people have arranged their payments."""
    op.create_table(
        "holdings",
        Column("world_id", IdText, ForeignKey("worlds.id"), nullable=False),
        Column("party_id", short_text(40), nullable=False),
        Column("name", short_text(40), nullable=False),
        Column("bank_id", IdText),
        Column("since_us", BigInt, nullable=False),
        PrimaryKeyConstraint("world_id", "party_id", "name"),
        sqlite_strict=True,
    )
    op.add_column("worlds", Column("arranged_from_us", BigInt))
    row_seal_migrations.seal_again(op.get_bind(), ["worlds"])
