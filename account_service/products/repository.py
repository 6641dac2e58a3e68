"""The SQL of products. The caller opens the transaction and alone commits it."""

from collections.abc import Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import func, insert, select

from account_service.lifecycle import FROZEN, OPEN
from account_service.models import Account, ProductVersion


def versions(session: Session, code: str | None = None, *, for_update: bool = False) -> Sequence[ProductVersion]:
    """Every version of a product, or of all, in order."""
    query = select(ProductVersion).order_by(ProductVersion.code, ProductVersion.version)
    if code is not None:
        query = query.where(ProductVersion.code == code)
    return session.scalars(query.with_for_update() if for_update else query).all()


def first_versions(session: Session) -> dict[str, ProductVersion]:
    """What never changes of products, with the terms that they began with, by code."""
    return {row.code: row for row in session.scalars(select(ProductVersion).where(ProductVersion.version == 1))}


def untold(session: Session) -> Sequence[ProductVersion]:
    """Versions that the ledger has not been told, in order."""
    query = select(ProductVersion).where(ProductVersion.is_told.in_((False,)))
    return session.scalars(query.order_by(ProductVersion.code, ProductVersion.version)).all()


def unannounced(session: Session) -> Sequence[ProductVersion]:
    """Versions that the ledger has and that not everybody was told of who is to be, in order."""
    is_due = (ProductVersion.is_told.in_((True,)), ProductVersion.announced_until.is_not(None))
    return session.scalars(
        select(ProductVersion).where(*is_due).order_by(ProductVersion.code, ProductVersion.version)
    ).all()


def holders(session: Session, code: str, *, after: str, limit: int) -> Sequence[tuple[str, str]]:
    """Who has an account of a product that goes on, after a person's id and in order, each with one such account."""
    query = (
        select(Account.user_id, func.min(Account.id))
        .where(Account.product == code, Account.status.in_((OPEN, FROZEN)), Account.user_id > after)
        .group_by(Account.user_id)
        .order_by(Account.user_id)
        .limit(limit)
    )
    return [(user_id, account_id) for user_id, account_id in session.execute(query)]


def add(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write new versions. Raises IntegrityError when there is one of that number already."""
    session.execute(insert(ProductVersion), rows)
