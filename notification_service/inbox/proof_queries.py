"""All that the inbox says of money and what it calls accounts, page by page, for whoever checks it against others."""

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import select

from notification_service.models import NamedAccount, Notification
from shared.http.pagination import in_id_range
from shared.storage.database import as_dicts


def movements(session: Session, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Notifications of a movement with ids after one and up to another."""
    of_movements = select(*Notification.__table__.columns).where(Notification.entry_id.is_not(None))
    return as_dicts(session.execute(in_id_range(of_movements, Notification.id, after=after, until=until, limit=limit)))


def named_accounts(session: Session, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Accounts with ids after one and up to another, as messages call them."""
    named = select(*NamedAccount.__table__.columns)
    return as_dicts(session.execute(in_id_range(named, NamedAccount.id, after=after, until=until, limit=limit)))
