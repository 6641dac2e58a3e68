"""Due work, and which entries captured holds. When a hold expires is a row of due work, no index of holds.

Revision ID: 0004
"""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    UniqueConstraint,
    column,
    insert,
    select,
    table,
    text,
)

from shared.storage.compact_columns import CompactId
from shared.storage.database import BigInt, short_text

revision = "0004"
down_revision = "0003"

_PLAIN = (
    *("holder_name", "account_number", "account_type", "currency", "status", "status_reason", "synthetic"),
    *("balance_minor", "held_minor", "floor_minor", "floor_passed_at", "movement_limit_minor", "daily_limit_minor"),
    *("terms_version", "opened_at"),
)


def upgrade() -> None:
    """Make both tables; there have been no holds yet, so there is nothing to carry over."""
    op.create_table(
        "due_work",
        Column("key", BigInt, primary_key=True),
        Column("kind", short_text(20), nullable=False),
        Column("subject_id", CompactId, nullable=False),
        Column("due_at", BigInt, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("stopped_at", BigInt),
        Column("stopped_because", short_text(500)),
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("(stopped_at IS NULL) = (stopped_because IS NULL)", name="stopped_for_a_reason"),
        sqlite_strict=True,
    )
    goes_on, is_set_aside = text("stopped_at IS NULL"), text("stopped_at IS NOT NULL")
    op.create_index("due_work_by_time", "due_work", ["due_at", "key"], sqlite_where=goes_on, postgresql_where=goes_on)
    op.create_index(
        "due_work_set_aside", "due_work", ["stopped_at"], sqlite_where=is_set_aside, postgresql_where=is_set_aside
    )
    op.create_table(
        "hold_captures",
        Column("position", BigInt, ForeignKey("entries.position"), primary_key=True, autoincrement=False),
        Column("hold_key", BigInt, ForeignKey("holds.key"), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_hold_captures_hold_key", "hold_captures", ["hold_key"])
    op.drop_index("holds_by_expiry", "holds")
    # A server needs an index that begins with what points elsewhere, so the new one is there before the old one goes.
    op.create_index("holds_of_account_by_time", "holds", ["account_key", "created_at", "id"])
    op.drop_index("holds_of_account", "holds")
    op.create_index("holds_by_time", "holds", ["created_at", "id"])
    _settlement_accounts()


def _settlement_accounts() -> None:
    """The account that captures are paid to where the payee is at another bank, beside each that holds cash."""
    accounts = table("accounts", *(column(name, CompactId) for name in ("id", "owner_id")), *map(column, _PLAIN))
    connection = op.get_bind()
    of_the_bank = select(accounts).where(accounts.c.owner_id.is_(None)).order_by(accounts.c.id)
    found = {row.id: row._asdict() for row in connection.execute(of_the_bank)}
    added = [
        {**row, "id": f"bank:settlement:{row['currency']}"}
        for account_id, row in found.items()
        if account_id == f"bank:cash:{row['currency']}"
    ]
    if added:
        connection.execute(insert(accounts), added)
