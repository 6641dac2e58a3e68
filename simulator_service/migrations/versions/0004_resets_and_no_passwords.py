"""How far a reset has come; and no password in this database any more, but what one is derived with.

Nobody can tell the passwords of worlds made before: those of the demo world stand in credentials.json.

Revision ID: 0004
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer

from shared.storage import row_seal_migrations
from shared.storage.database import short_text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table and the column, and take the passwords out of the file."""
    connection = op.get_bind()
    op.create_table(
        "resets",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("stage", short_text(10), nullable=False),
        Column("left_out", short_text(200), nullable=False),
        CheckConstraint("id = 1", name="resets_one"),
        CheckConstraint("stage IN ('fencing', 'emptying', 'opening')", name="resets_stage"),
        sqlite_strict=True,
    )
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # what is dropped is overwritten with zeros
    op.add_column("worlds", Column("log_in_salt", short_text(32)))
    op.drop_column("worlds", "password")
    row_seal_migrations.seal_again(connection, ["worlds"])
