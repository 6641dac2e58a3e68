"""Holds: what each gave against the entries that took from it, and when it expires against the work that is due."""

from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from shared.enums import DueWorkKind, HoldStatus
from shared.storage.database import Database
from transaction_service.models import due_work, entries, hold_captures, holds
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"


def findings(database: Database) -> list[Finding]:
    """Every hold that does not fit what was taken from it or what is to become of it; empty when all is well."""
    found: list[Finding] = []
    after = 0
    while True:
        with database.read() as connection:
            keys = connection.execute(
                select(holds.c.key).where(holds.c.key > after).order_by(holds.c.key).limit(PAGE)
            ).scalars()
            until = max(keys, default=after)
            if until == after:
                return found + _work_on_nothing(database)
            in_range = and_(holds.c.key > after, holds.c.key <= until)
            found += [
                Finding(DERIVED, row.id, f"captured {row.captured_minor}, entries took {row.total} minor units")
                for row in connection.execute(_unlike_its_captures().where(in_range))
            ]
            found += [
                Finding(DERIVED, row.id, f"holds {row.remaining_minor} of {row.amount_minor} minor units")
                for row in connection.execute(_MORE_THAN_PROMISED.where(in_range))
            ]
            found += [
                Finding(DERIVED, row.id, f"{row.status}, but due to expire at {row.due_at}")
                for row in connection.execute(_unlike_its_expiry().where(in_range))
            ]
        after = until


_MORE_THAN_PROMISED = select(holds.c.id, holds.c.remaining_minor, holds.c.amount_minor).where(
    holds.c.status == HoldStatus.PENDING.value, holds.c.captured_minor + holds.c.remaining_minor > holds.c.amount_minor
)
"""A capture beyond what is held ends the hold, so what is pending never held more than it does with what was taken."""


def _unlike_its_captures() -> Select[Any]:
    total = func.coalesce(func.sum(entries.c.amount_minor), 0)
    return (
        select(holds.c.id, holds.c.captured_minor, total.label("total"))
        .outerjoin(hold_captures, hold_captures.c.hold_key == holds.c.key)
        .outerjoin(entries, entries.c.position == hold_captures.c.position)
        .group_by(holds.c.key, holds.c.id, holds.c.captured_minor)
        .having(holds.c.captured_minor != total)
    )


def _unlike_its_expiry() -> Select[Any]:
    """Work that was set aside has another time when it is tried again."""
    is_its_own = and_(due_work.c.subject_id == holds.c.id, due_work.c.kind == DueWorkKind.HOLD_EXPIRY.value)
    is_pending = holds.c.status == HoldStatus.PENDING.value
    return (
        select(holds.c.id, holds.c.status, due_work.c.due_at)
        .outerjoin(due_work, is_its_own)
        .where(
            or_(
                and_(is_pending, due_work.c.due_at.is_(None)),
                and_(~is_pending, due_work.c.due_at.is_not(None)),
                due_work.c.due_at < holds.c.expires_at,
            )
        )
    )


def _work_on_nothing(database: Database) -> list[Finding]:
    query = (
        select(due_work.c.subject_id)
        .outerjoin(holds, holds.c.id == due_work.c.subject_id)
        .where(due_work.c.kind == DueWorkKind.HOLD_EXPIRY.value, holds.c.id.is_(None))
    )
    with database.read() as connection:
        return [Finding(DERIVED, hold_id, "is due to expire, and no hold") for hold_id in connection.scalars(query)]
