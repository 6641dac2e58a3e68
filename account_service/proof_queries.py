"""Every account of the bank, by id and page by page, for whoever checks our records against those of others."""

from typing import Any

from sqlalchemy import Connection, select

from account_service import serializers
from account_service.repository import accounts
from shared.pagination import in_id_range


def page(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Accounts with ids after one and up to another, told as in the events feed and to the ledger."""
    query = in_id_range(select(accounts), accounts.c.id, after=after, until=until, limit=limit)
    return [
        {
            **serializers.facts(row),
            "pending_status": row.pending_status,
            "floor_minor": row.floor_minor,
            "movement_limit_minor": row.movement_limit_minor,
            "daily_limit_minor": row.daily_limit_minor,
        }
        for row in connection.execute(query)
    ]
