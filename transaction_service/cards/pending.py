"""Card payments that their merchants have yet to collect, as transactions that are pending."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Select, case, or_, select

from shared.card_enums import CardChannel
from shared.enums import Direction, HoldStatus, TransactionStatus
from shared.http.pagination import Key, Page, on_page
from transaction_service.cards import authorization_rows
from transaction_service.cards.authorization import AuthorizationStep, Progress
from transaction_service.cards.authorization_rows import AUTHORIZATION, AUTHORIZATIONS, CardLink, authorization_of
from transaction_service.cards.clearing import type_of
from transaction_service.cards.merchant_categories import CATEGORIES, OTHERS, category_of
from transaction_service.cards.serializers import card_object
from transaction_service.exchange.agreement import on_terms
from transaction_service.history.filters import Filters, amount_conditions, common_conditions, has_text
from transaction_service.ledger.entry import Entry, Initiator
from transaction_service.ledger.movement_rules import CARD_PURCHASE, CASH_WITHDRAWAL
from transaction_service.ledger.serializers import View, transaction
from transaction_service.models import accounts, authorizations, holds, initiators

Row = tuple[Key, dict[str, Any]]
_IS_PENDING = (holds.c.status == HoldStatus.PENDING.value, holds.c.captured_minor == 0)
_ROWS = (
    select(
        *AUTHORIZATION,
        holds.c.remaining_minor,
        holds.c.description,
        accounts.c.owner_id,
        initiators.c.user_id,
        initiators.c.kind,
        initiators.c.name,
    )
    .select_from(AUTHORIZATIONS.join(initiators, initiators.c.key == authorizations.c.initiator_key))
    .where(*_IS_PENDING)
)
_code = authorizations.c.merchant_category
_COLUMNS = SimpleNamespace(
    type=case((authorizations.c.channel == CardChannel.CASH.value, CASH_WITHDRAWAL), else_=CARD_PURCHASE),
    category=case(
        *(
            (or_(*(_code.between(f"{each.start:04d}", f"{each.stop - 1:04d}") for each in ranges)), name)
            for name, ranges in CATEGORIES
        ),
        else_=OTHERS,
    ),
    effective_at=authorizations.c.created_at,
)
"""What lists of transactions are narrowed by, of pending ones."""


def page_of(
    connection: Connection, filters: Filters, page: Page, *, owner_id: str | None = None, for_staff: bool = False
) -> list[Row]:
    """Pending transactions that the filters leave, of an owner or of everybody, newest first."""
    if filters.direction == Direction.IN:
        return []
    query = _of(_ROWS, owner_id, filters.account_id).where(
        *common_conditions(_COLUMNS, filters),
        *amount_conditions(holds.c.currency, holds.c.remaining_minor, filters),
    )
    if filters.authorization_id is not None:
        query = query.where(authorizations.c.id == filters.authorization_id)
    if filters.text:
        query = query.where(has_text(filters.text, authorizations.c.id, holds.c.description, _COLUMNS.category))
    rows = connection.execute(on_page(query, authorizations.c.created_at, authorizations.c.id, page)).all()
    stories = _stories_of_foreign(connection, rows)
    return [((row.created_at, row.id), _rendered(row, stories, for_staff=for_staff)) for row in rows]


def one(
    connection: Connection, authorization_id: str, *, owner_id: str | None, account_id: str | None, for_staff: bool
) -> dict[str, Any] | None:
    """A pending transaction; None when there is none that the viewer may see."""
    query = _of(_ROWS, owner_id, account_id).where(authorizations.c.id == authorization_id)
    row = connection.execute(query).first()
    return None if row is None else _rendered(row, _stories_of_foreign(connection, [row]), for_staff=for_staff)


def instant_of(authorization_id: str, *, owner_id: str | None, account_id: str | None) -> Select[Any]:
    """A query for the instant at which a pending transaction is listed."""
    query = select(authorizations.c.created_at).select_from(AUTHORIZATIONS)
    return _of(query, owner_id, account_id).where(authorizations.c.id == authorization_id, *_IS_PENDING)


def _of(query: Select[Any], owner_id: str | None, account_id: str | None) -> Select[Any]:
    if owner_id is not None:
        query = query.where(accounts.c.owner_id == owner_id)
    return query if account_id is None else query.where(accounts.c.id == account_id)


def _stories_of_foreign(connection: Connection, rows: Sequence[Any]) -> dict[str, list[AuthorizationStep]]:
    """What has happened to those that are in another currency than their accounts."""
    foreign = [row.id for row in rows if row.exchange_rate is not None]
    return authorization_rows.stories_of(connection, foreign)


def _rendered(row: Any, stories: Mapping[str, list[AuthorizationStep]], *, for_staff: bool) -> dict[str, Any]:
    authorization = authorization_of(row)
    merchant, account_id = authorization.merchant, authorization.account_id or ""
    entry = Entry(
        id=authorization.id,
        type=type_of(authorization.channel),
        currency=authorization.currency,
        amount_minor=row.remaining_minor,
        from_account_id=account_id,
        to_account_id=merchant.account_id,
        description=row.description,
        category=category_of(merchant.category),
        reverses=None,
        effective_at=authorization.created_at,
        booked_at=authorization.created_at,
        initiator=Initiator(row.user_id, row.kind, row.name),
        request_id=None,
    )
    link = CardLink(authorization.card_id or "", authorization.id, merchant, authorization.channel)
    exchange = None
    if authorization.terms is not None:
        left = Progress().after(stories[authorization.id]).left_minor
        exchange = on_terms(authorization.terms, row.remaining_minor, left)
    view = View(account_id, Direction.OUT.value, None, owner_id=row.owner_id, exchange=exchange)
    shown = transaction(entry, view, card=card_object(link, row.last4), for_staff=for_staff)
    return {**shown, "status": TransactionStatus.PENDING.value}
