"""The audit trail of the bank: a chain of records that the database lets nobody change.

Revision ID: 0006
"""

from alembic import op
from sqlalchemy import Column

from shared.storage import append_only
from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0006"
down_revision = "0005"

_BY = {"actor": "actor_id", "subject": "subject_id", "owner": "owner_id", "action": "action"}


def upgrade() -> None:
    """Make the table, its indexes and its guard."""
    op.create_table(
        "audit_trail",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("id", IdText, nullable=False, unique=True),
        Column("service", short_text(40), nullable=False),
        Column("source_position", BigInt),
        Column("action", short_text(40), nullable=False),
        Column("occurred_at", BigInt, nullable=False),
        Column("bank_time", BigInt, nullable=False),
        Column("actor_id", short_text(64)),
        Column("actor_name", short_text(200)),
        Column("actor_role", short_text(20)),
        Column("session_id", IdText),
        Column("channel", short_text(20)),
        Column("address", short_text(45)),
        Column("client", short_text(60)),
        Column("request_id", short_text(100)),
        Column("subject_kind", short_text(20), nullable=False),
        Column("subject_id", short_text(64)),
        Column("owner_id", IdText),
        Column("result", short_text(10), nullable=False),
        Column("error_code", short_text(50)),
        Column("reason", LongText),
        Column("facts_before", LongText),
        Column("facts_after", LongText),
        Column("key_id", short_text(16), nullable=False),
        Column("seal", short_text(64), nullable=False),
        sqlite_strict=True,
    )
    for name, column in _BY.items():
        op.create_index(f"audit_trail_of_{name}", "audit_trail", [column, "position"])
    append_only.guard(op.get_bind(), "audit_trail")
