"""Reading holds: keyset pages, each filtered by who may see it."""

from typing import Any

from sqlalchemy import Connection, Select, select

from shared.http.pagination import Page, on_page
from shared.identifiers import is_id
from transaction_service.holds.hold import Hold
from transaction_service.holds.hold_rows import HOLD, HOLDS, hold_of
from transaction_service.models import accounts, holds
from transaction_service.models.keys import key_of


def page_of(
    connection: Connection, page: Page, *, owner_id: str | None, account_id: str | None, status: str | None
) -> list[Hold]:
    """Holds, newest first, and one more where another page follows; with an owner, those on their accounts."""
    query = _of(owner_id)
    if account_id is not None:
        query = query.where(holds.c.account_key == key_of(accounts, account_id))
    if status is not None:
        query = query.where(holds.c.status == status)
    rows = connection.execute(on_page(query, holds.c.created_at, holds.c.id, page))
    return [hold_of(row) for row in rows]


def one(connection: Connection, hold_id: str, *, owner_id: str | None) -> Hold | None:
    """A hold; None when there is none that the reader may see."""
    if not is_id(hold_id):
        return None
    row = connection.execute(_of(owner_id).where(holds.c.id == hold_id)).first()
    return None if row is None else hold_of(row)


def _of(owner_id: str | None) -> Select[Any]:
    query = select(*HOLD).select_from(HOLDS)
    return query if owner_id is None else query.where(accounts.c.owner_id == owner_id)
