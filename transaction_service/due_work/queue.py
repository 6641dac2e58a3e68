"""What falls due, in order of its time. A row is made in the commit that promises the work, and goes in the one that
does it, so that nothing is done twice and nothing is left out, whatever dies in between.

Everything here runs inside a transaction that the caller opened.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, literal_column, select, update

from shared.enums import DueWorkKind
from shared.storage.compact_columns import pack_uuid
from shared.storage.statements import Row, Statement
from transaction_service.models import due_work

HOLD_EXPIRY: str = DueWorkKind.HOLD_EXPIRY.value
STANDING_ORDER: str = DueWorkKind.STANDING_ORDER.value
SCHEDULED_PAYMENT: str = DueWorkKind.SCHEDULED_PAYMENT.value
DIRECT_DEBIT: str = DueWorkKind.DIRECT_DEBIT.value
MANDATE_EXPIRY: str = DueWorkKind.MANDATE_EXPIRY.value
CARD_BILLING: str = DueWorkKind.CARD_BILLING.value
CARD_SETTLEMENT: str = DueWorkKind.CARD_SETTLEMENT.value


class Due(NamedTuple):
    """One row of work: what is to be done with the subject at an instant of the bank's time."""

    key: int
    kind: str
    subject_id: str
    due_at: int
    attempts: int


_SCHEDULE = Statement(insert(due_work), "kind", "subject_id", "due_at", "attempts")
_CANCEL = Statement(
    delete(due_work).where(due_work.c.kind == bindparam("of_kind"), due_work.c.subject_id == bindparam("subject")),
    "of_kind",
    "subject",
)
_goes_on = due_work.c.stopped_at.is_(None)
_is_set_aside = due_work.c.stopped_at.is_not(None)
_FIRST, _OF_ALL = literal_column("1", Integer), literal_column("0", Integer)
"""Said, as SQLite's dialect would make parameters of them."""
NEXT = select(due_work.c.due_at).where(_goes_on).order_by(due_work.c.due_at).limit(_FIRST).offset(_OF_ALL)
"""When the next work falls due. No minimum: MariaDB, whose index has what is set aside too, reads all for one."""


def schedule(connection: Connection, kind: str, due_at: Iterable[tuple[str, int]]) -> None:
    """Promise work of this kind on each subject, by its id, at its instant."""
    rows: list[Row] = [(kind, pack_uuid(subject_id), instant, 0) for subject_id, instant in due_at]
    if rows:
        _SCHEDULE.run(connection, rows)


def cancel(connection: Connection, kind: str, subject_ids: Iterable[str]) -> None:
    """Take back, or mark as done, what was promised on these subjects; one without work is passed over."""
    rows: list[Row] = [(kind, pack_uuid(subject_id)) for subject_id in subject_ids]
    if rows:
        _CANCEL.run(connection, rows)


def due_at(connection: Connection, kind: str, subject_id: str) -> int | None:
    """When the work of this kind on a subject falls due, also where it was set aside; None without any."""
    query = select(due_work.c.due_at).where(due_work.c.kind == kind, due_work.c.subject_id == subject_id)
    instant: int | None = connection.execute(query.order_by(due_work.c.due_at).limit(1)).scalar()
    return instant


def due(connection: Connection, until_us: int, limit: int) -> list[Due]:
    """The earliest work whose time has come, in order."""
    columns = due_work.c
    query = select(*(columns[name] for name in Due._fields)).where(_goes_on, columns.due_at <= until_us)
    return [Due(*row) for row in connection.execute(query.order_by(columns.due_at, columns.key).limit(limit))]


def count_due(connection: Connection, until_us: int) -> int:
    """How much work is to be done before the clock can show this time."""
    query = select(func.count()).select_from(due_work).where(_goes_on, due_work.c.due_at <= until_us)
    return int(connection.execute(query).scalar_one())


def next_due_at(connection: Connection) -> int | None:
    """When the next work falls due; None without any."""
    instant: int | None = connection.execute(NEXT).scalar()
    return instant


def count_stopped(connection: Connection) -> int:
    """How much work was set aside because it failed."""
    query = select(func.count()).select_from(due_work).where(_is_set_aside)
    return int(connection.execute(query).scalar_one())


def note_failure(connection: Connection, work: Due, *, stopped_at: int | None, because: str) -> None:
    """Count a failed attempt; with `stopped_at` the work is set aside. Nothing where it has gone meanwhile."""
    values: dict[str, int | str] = {"attempts": work.attempts + 1}
    if stopped_at is not None:
        values |= {"stopped_at": stopped_at, "stopped_because": because}
    is_it = (due_work.c.key == work.key) & (due_work.c.subject_id == work.subject_id)  # its key may be another's now
    connection.execute(update(due_work).where(is_it).values(values))


def try_again(connection: Connection, at_us: int) -> int:
    """Have everything that was set aside tried again, now, as its time has passed; how much it was."""
    values = {"stopped_at": None, "stopped_because": None, "attempts": 0, "due_at": at_us}
    return connection.execute(update(due_work).where(_is_set_aside).values(values)).rowcount
