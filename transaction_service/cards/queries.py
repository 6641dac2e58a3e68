"""Reading authorizations and disputes: keyset pages, each filtered by who may see it."""

from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from shared.card_enums import AuthorizationStatus
from shared.enums import HoldStatus
from shared.http.pagination import Page, on_page
from shared.identifiers import is_id
from transaction_service.cards import authorization_rows
from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.authorization_rows import (
    AUTHORIZATION,
    AUTHORIZATIONS,
    DISPUTE,
    DISPUTES,
    Dispute,
    authorization_of,
    disputed,
)
from transaction_service.holds import hold_rows
from transaction_service.models import accounts, authorizations, cards, disputes, holds
from transaction_service.models.keys import key_of

_captured = func.coalesce(holds.c.captured_minor, 0)
STATUS = case(
    (authorizations.c.decline_code.is_not(None), AuthorizationStatus.DECLINED.value),
    (
        and_(holds.c.status == HoldStatus.PENDING.value, _captured > 0),
        AuthorizationStatus.PARTLY_CAPTURED.value,
    ),
    (_captured + authorizations.c.forced_minor > 0, AuthorizationStatus.CAPTURED.value),
    (holds.c.status == HoldStatus.PENDING.value, AuthorizationStatus.APPROVED.value),
    (holds.c.status == HoldStatus.VOIDED.value, AuthorizationStatus.REVERSED.value),
    (holds.c.status == HoldStatus.EXPIRED.value, AuthorizationStatus.EXPIRED.value),
    else_=AuthorizationStatus.CAPTURED.value,
)
"""How far an authorization has come, as `authorization.status_of` says it."""


def authorizations_page(
    connection: Connection,
    page: Page,
    *,
    owner_id: str | None,
    account_id: str | None,
    card_id: str | None,
    status: str | None,
) -> list[Authorization]:
    """Authorizations, newest first, and one more where another page follows; with an owner, those on their cards."""
    query = _authorizations_of(owner_id)
    if account_id is not None:
        query = query.where(authorizations.c.account_key == key_of(accounts, account_id))
    if card_id is not None:
        query = query.where(authorizations.c.card_key == key_of(cards, card_id))
    if status is not None:
        query = query.where(STATUS == status)  # noqa: SIM300 (a column)
    rows = connection.execute(on_page(query, authorizations.c.created_at, authorizations.c.id, page))
    found = [authorization_of(row) for row in rows]
    held = hold_rows.read(connection, [each.hold_id for each in found if each.hold_id is not None])
    for each in found:
        each.hold = held.get(each.hold_id or "")
    return found


def one_authorization(connection: Connection, authorization_id: str, *, owner_id: str | None) -> Authorization | None:
    """An authorization; None when there is none that the reader may see."""
    if not is_id(authorization_id):
        return None
    row = connection.execute(_authorizations_of(owner_id).where(authorizations.c.id == authorization_id)).first()
    if row is None:
        return None
    found = authorization_of(row)
    if found.hold_id is not None:
        found.hold = hold_rows.read(connection, [found.hold_id])[found.hold_id]
    return found


def stories(connection: Connection, found: list[Authorization]) -> dict[str, list[AuthorizationStep]]:
    """What has happened to each of these."""
    return authorization_rows.stories_of(connection, [each.id for each in found])


def disputes_page(
    connection: Connection,
    page: Page,
    *,
    owner_id: str | None,
    account_id: str | None,
    entry_id: str | None,
    status: str | None,
) -> list[Dispute]:
    """Disputes, newest first, and one more where another page follows; with an owner, those on their accounts."""
    query = _disputes_of(owner_id)
    if account_id is not None:
        query = query.where(accounts.c.id == account_id)
    if entry_id is not None:
        query = query.where(disputed.c.id == entry_id)
    if status is not None:
        query = query.where(disputes.c.status == status)
    return [Dispute(*row) for row in connection.execute(on_page(query, disputes.c.created_at, disputes.c.id, page))]


def one_dispute(connection: Connection, dispute_id: str, *, owner_id: str | None) -> Dispute | None:
    """A dispute; None when there is none that the reader may see."""
    if not is_id(dispute_id):
        return None
    row = connection.execute(_disputes_of(owner_id).where(disputes.c.id == dispute_id)).first()
    return None if row is None else Dispute(*row)


def _authorizations_of(owner_id: str | None) -> Select[Any]:
    query = select(*AUTHORIZATION).select_from(AUTHORIZATIONS)
    return query if owner_id is None else query.where(accounts.c.owner_id == owner_id)


def _disputes_of(owner_id: str | None) -> Select[Any]:
    query = select(*DISPUTE).select_from(DISPUTES)
    return query if owner_id is None else query.where(accounts.c.owner_id == owner_id)
