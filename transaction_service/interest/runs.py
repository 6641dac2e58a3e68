"""The SQL of the runs that post interest and fees on the first of each month: how far one is, and when the next begins.

Everything here runs inside a write transaction that the caller opened.
"""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from shared.enums import DueWorkKind
from shared.identifiers import new_id
from shared.time.business_days import day_number, day_of_number, day_start_us, month_end_us
from transaction_service.due_work import queue
from transaction_service.ledger import journal
from transaction_service.models import account_plans, interest_runs, postings

INTEREST: str = DueWorkKind.INTEREST.value
_POSITIONS_AT_ONCE = 20_000


class Run(NamedTuple):
    """A run: `day` is the first of the month after the one that is settled."""

    id: str
    day: int
    scanned_to: int
    settled_to: int

    @property
    def month_first(self) -> int:
        """The first day of the month that is settled."""
        return day_number(day_start_us((day_of_number(self.day) - timedelta(days=1)).replace(day=1)))


def read(connection: Connection, run_id: str) -> Run:
    """The run with this id."""
    row = connection.execute(select(interest_runs).where(interest_runs.c.id == run_id)).one()
    return Run(row.id, row.day, row.scanned_to, row.settled_to)


def ensure_one(connection: Connection, bank_time: int) -> None:
    """Have the first run begin on the first of the next month, where none is waiting."""
    if connection.execute(select(interest_runs.c.id).limit(1)).first() is None:
        first = _next_first(day_of_number(day_number(bank_time)))
        _add(connection, first, journal.state(connection).head_position, not_before=bank_time)


def begin_anew(connection: Connection, bank_time: int) -> None:
    """Have the first run begin on the first of the month after another beginning of the bank."""
    for (run_id,) in connection.execute(select(interest_runs.c.id)).all():
        queue.cancel(connection, INTEREST, [run_id])
    connection.execute(delete(interest_runs))
    ensure_one(connection, bank_time)


def follow_up(connection: Connection, run: Run, bank_time: int) -> None:
    """End a run, and have the next one begin a month later."""
    queue.cancel(connection, INTEREST, [run.id])
    connection.execute(delete(interest_runs).where(interest_runs.c.id == run.id))
    _add(connection, _next_first(day_of_number(run.day)), run.scanned_to, not_before=bank_time)


def settled_up_to(connection: Connection, run: Run, account_key: int) -> None:
    """Accounts up to this one are settled."""
    connection.execute(update(interest_runs).where(interest_runs.c.id == run.id).values(settled_to=account_key))


def scan(connection: Connection, run: Run) -> bool:
    """Look through a part of the journal for entries that were backdated to settled days; whether any part was left."""
    until = min(run.scanned_to + _POSITIONS_AT_ONCE, journal.state(connection).head_position)
    if until <= run.scanned_to:
        return False
    plan = account_plans.c
    found = connection.execute(
        select(plan.account_key, plan.settled_until, func.min(postings.c.effective_at).label("effective_at"))
        .join(postings, postings.c.account_key == plan.account_key)
        .where(postings.c.position > run.scanned_to, postings.c.position <= until, plan.settled_until.is_not(None))
        .group_by(plan.account_key, plan.settled_until)
    ).all()
    backdated = [
        {"account": row.account_key, "day": day}
        for row in found
        if (day := day_number(int(row.effective_at))) < row.settled_until
    ]
    if backdated:
        connection.execute(_RECOMPUTE, backdated)
    connection.execute(update(interest_runs).where(interest_runs.c.id == run.id).values(scanned_to=until))
    return True


_RECOMPUTE = (
    update(account_plans)
    .where(
        and_(
            account_plans.c.account_key == bindparam("account"),
            or_(account_plans.c.recompute_from.is_(None), account_plans.c.recompute_from > bindparam("day")),
        )
    )
    .values(recompute_from=bindparam("day"))
)


def _add(connection: Connection, first: date, scanned_to: int, *, not_before: int) -> None:
    run_id, begins = new_id(), day_start_us(first)
    row = {"id": run_id, "day": day_number(begins), "scanned_to": scanned_to, "settled_to": 0}
    connection.execute(insert(interest_runs), [row])
    queue.schedule(connection, INTEREST, [(run_id, max(begins, not_before))])


def _next_first(day: date) -> date:
    return day_of_number(day_number(month_end_us(day)))
