"""Since when what the bank posts itself names the work that it came of is kept.

Revision ID: 0021
"""

from alembic import op
from sqlalchemy import Column, column, func, select, table, update

from shared.storage.database import BigInt

revision = "0021"
down_revision = "0020"
_JOURNALS = [table(name, column("booked_at")) for name in ("entries", "refused_attempts")]


def upgrade() -> None:
    """What is booked by now was given an id that names nothing."""
    op.add_column("ledger_state", Column("due_work_named_since", BigInt, nullable=False, server_default="0"))
    newest = [op.get_bind().execute(select(func.max(each.c.booked_at))).scalar() for each in _JOURNALS]
    state = table("ledger_state", column("due_work_named_since"))
    op.execute(update(state).values(due_work_named_since=max(found or 0 for found in newest) + 1))
