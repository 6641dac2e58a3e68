"""All that the inbox says of money and what it calls accounts, page by page, for whoever checks it against others."""

from typing import Any

from sqlalchemy import Connection, Select, select

from notification_service.models import accounts, notifications


def movements(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Notifications of a movement with ids after one and up to another."""
    query = select(notifications).where(notifications.c.entry_id.is_not(None), notifications.c.id > after)
    if until is not None:
        query = query.where(notifications.c.id <= until)
    return _rows(connection, query.order_by(notifications.c.id).limit(limit))


def named_accounts(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Accounts with ids after one and up to another, as messages call them."""
    query = select(accounts).where(accounts.c.id > after)
    if until is not None:
        query = query.where(accounts.c.id <= until)
    return _rows(connection, query.order_by(accounts.c.id).limit(limit))


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(query)]
