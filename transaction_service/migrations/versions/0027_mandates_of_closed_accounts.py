"""Mandates of accounts that were closed before closing one ended them.

Revision ID: 0027
"""

from alembic import op
from sqlalchemy import column, delete, func, or_, select, table, update

from shared.time import clock

revision = "0027"
down_revision = "0026"
_accounts = table("accounts", column("key"), column("status"))
_mandates = table("mandates", *(column(name) for name in ("id", "creditor_key", "debtor_key", "status", "ended_at")))
_due_work = table("due_work", *(column(name) for name in ("kind", "subject_id", "due_at", "stopped_at")))
_state = table("ledger_state", column("head_booked_at"), column("clock_offset_us"))


def upgrade() -> None:
    """They end now. What was to be collected by them is returned on its day, and whoever collects is told."""
    connection = op.get_bind()
    closed = select(_accounts.c.key).where(_accounts.c.status == "closed")
    is_left = (
        or_(_mandates.c.creditor_key.in_(closed), _mandates.c.debtor_key.in_(closed)),
        _mandates.c.ended_at.is_(None),
    )
    head_booked_at, offset = connection.execute(select(_state.c.head_booked_at, _state.c.clock_offset_us)).one()
    next_due = select(func.min(_due_work.c.due_at)).where(_due_work.c.stopped_at.is_(None))
    bank_time = max(clock.now_us(), head_booked_at) + offset
    due_at = connection.execute(next_due).scalar()
    expires = _due_work.c.kind == "mandate_expiry"
    op.execute(delete(_due_work).where(expires, _due_work.c.subject_id.in_(select(_mandates.c.id).where(*is_left))))
    ended_at = bank_time if due_at is None else min(bank_time, due_at)
    op.execute(update(_mandates).where(*is_left).values(status="cancelled", ended_at=ended_at))
