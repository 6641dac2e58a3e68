"""What falls due next, as it is listed: each row of work with the money that it is about."""

from typing import Any

from sqlalchemy import Connection, select

from shared import clock, money
from shared.pagination import Key, Page, on_page
from transaction_service.models import accounts, due_work, holds

_ROWS = select(
    due_work.c.subject_id,
    due_work.c.kind,
    due_work.c.due_at,
    due_work.c.stopped_because,
    accounts.c.id.label("account_id"),
    holds.c.remaining_minor,
    holds.c.currency,
    holds.c.description,
).select_from(
    due_work.join(holds, holds.c.id == due_work.c.subject_id).join(accounts, accounts.c.key == holds.c.account_key)
)


def page_of(connection: Connection, page: Page, *, is_stopped: bool | None) -> list[Any]:
    """The earliest rows, and one more where another page follows; only what was set aside, none of it, or both."""
    rows = _ROWS
    if is_stopped is not None:
        stopped_at = due_work.c.stopped_at
        rows = _ROWS.where(stopped_at.is_not(None) if is_stopped else stopped_at.is_(None))
    return list(connection.execute(on_page(rows, due_work.c.due_at, due_work.c.subject_id, page)))


def place_of(connection: Connection, subject_id: str) -> Key | None:
    """The sort key of what is due on a subject; None where nothing is."""
    instant = connection.execute(select(due_work.c.due_at).where(due_work.c.subject_id == subject_id)).scalar()
    return None if instant is None else (int(instant), subject_id)


def key_of(row: Any) -> Key:
    """What the list is sorted by."""
    return row.due_at, row.subject_id


def render(row: Any) -> dict[str, Any]:
    """The `DueWork` object of the API."""
    return {
        "id": row.subject_id,
        "kind": row.kind,
        "due_at": clock.to_wire(row.due_at),
        "account_id": row.account_id,
        "amount": money.to_text(row.remaining_minor, row.currency),
        "currency": row.currency,
        "description": row.description,
        "stopped_because": row.stopped_because,
    }
