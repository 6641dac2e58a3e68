"""All that the inbox says of money and what it calls accounts, page by page, for whoever checks it against others."""

from typing import Any

from sqlalchemy import Connection, select

from notification_service.models import accounts, notifications
from shared.database import as_dicts
from shared.pagination import in_id_range


def movements(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Notifications of a movement with ids after one and up to another."""
    of_movements = select(notifications).where(notifications.c.entry_id.is_not(None))
    query = in_id_range(of_movements, notifications.c.id, after=after, until=until, limit=limit)
    return as_dicts(connection.execute(query))


def named_accounts(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Accounts with ids after one and up to another, as messages call them."""
    query = in_id_range(select(accounts), accounts.c.id, after=after, until=until, limit=limit)
    return as_dicts(connection.execute(query))
