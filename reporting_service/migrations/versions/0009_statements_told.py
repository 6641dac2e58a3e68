"""A feed of our own, and which month's statements it tells next.

A bank that has a history begins with the month that it is: of those before nobody is told now.

Revision ID: 0009
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, column, insert, select, table

from shared.events import feeds
from shared.storage.database import BigInt, IdText, LongText, short_text
from shared.time import clock
from shared.time.business_days import business_day, number_of_day

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the three tables."""
    feeds.introduce_heads(op.get_bind(), {"events": 0})
    op.create_table(
        "events",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("id", IdText, nullable=False),
        Column("type", short_text(40), nullable=False),
        Column("occurred_at", BigInt, nullable=False),
        Column("data", LongText, nullable=False),
        sqlite_strict=True,
    )
    told = op.create_table(
        "statements_told",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("month_from", Integer, nullable=False),
        Column("after_account_id", IdText, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )
    _begin(told)


def _begin(told: Table) -> None:
    connection = op.get_bind()
    entries = Table("entries", MetaData(), Column("position", BigInt, primary_key=True))
    if connection.execute(select(entries.c.position).limit(1)).first() is None:
        return
    state = table("projection_state", column("clock_ahead_us"))
    ahead_us = int(connection.execute(select(state.c.clock_ahead_us)).scalar_one())
    month = number_of_day(business_day(clock.now_us() + ahead_us).replace(day=1))
    connection.execute(insert(told).values(id=1, month_from=month, after_account_id=""))
