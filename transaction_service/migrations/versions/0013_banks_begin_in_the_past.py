"""The bank's clock may be behind real time: a bank without accounts may begin in the past.

Revision ID: 0013
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer, column, insert, inspect, select, table

from shared.storage.compact_columns import Digest
from shared.storage.database import BigInt, short_text

revision = "0013"
down_revision = "0012"

_COLUMNS = ("id", "head_position", "head_hash", "head_booked_at", "clock_offset_us", "time_zone")


def upgrade() -> None:
    """Take the rule away: SQLite has the table made anew, with its one row."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        named = {found["name"] for found in inspect(connection).get_check_constraints("ledger_state")}
        if "clock_not_behind" in named:
            op.drop_constraint("clock_not_behind", "ledger_state", type_="check")
        return
    op.rename_table("ledger_state", "old_ledger_state")
    op.create_table(
        "ledger_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("head_position", BigInt, nullable=False),
        Column("head_hash", Digest, nullable=False),
        Column("head_booked_at", BigInt, nullable=False),
        Column("clock_offset_us", BigInt, nullable=False),
        Column("time_zone", short_text(64)),
        CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )
    old, new = (table(name, *(column(each) for each in _COLUMNS)) for name in ("old_ledger_state", "ledger_state"))
    op.execute(insert(new).from_select(_COLUMNS, select(*(old.c[each] for each in _COLUMNS))))
    op.drop_table("old_ledger_state")
