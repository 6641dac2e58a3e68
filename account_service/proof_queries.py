"""Every account and card, by id and page by page, for whoever checks our records against those of others."""

from typing import Any

from flask_sqlalchemy.session import Session

from account_service import repository, serializers
from account_service.cards import repository as card_repository


def page(session: Session, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Accounts with ids after one and up to another, told as in the events feed and to the ledger."""
    return [
        {
            **serializers.facts(row),
            "pending_status": row.pending_status,
            "floor_minor": row.floor_minor,
            "movement_limit_minor": row.movement_limit_minor,
            "daily_limit_minor": row.daily_limit_minor,
            "settlement_account_id": row.settlement_account_id,
            "billing_day": row.billing_day,
        }
        for row in repository.in_id_order(session, after=after, until=until, limit=limit)
    ]


def cards(session: Session, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Cards that the ledger knows, with ids after one and up to another, as it has been told of them."""
    return [
        {
            "card_id": row.id,
            "account_id": row.account_id,
            "version": row.told_version,
            "status": row.told_status,
            "is_told": row.told_version == row.version,
        }
        for row in card_repository.in_id_order(session, after=after, until=until, limit=limit)
    ]
