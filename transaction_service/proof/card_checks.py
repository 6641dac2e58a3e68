"""Card payments: what each authorization gave against the entries that took it."""

from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from shared.card_enums import AuthorizationEventType
from shared.storage.database import Database
from transaction_service.ledger.movement_rules import CARD_PURCHASE, CASH_WITHDRAWAL
from transaction_service.models import (
    accounts,
    authorization_events,
    authorizations,
    card_entries,
    entries,
    holds,
)
from transaction_service.proof.finding import Finding

PAGE = 1_000
DERIVED = "derived rows equal entries"
_PURCHASES = (CARD_PURCHASE, CASH_WITHDRAWAL)


def findings(database: Database) -> list[Finding]:
    """Every authorization that does not fit what was booked; empty when all is well."""
    found: list[Finding] = []
    after = 0
    while True:
        page = select(authorizations.c.key).where(authorizations.c.key > after).order_by(authorizations.c.key)
        with database.read() as connection:
            until = max(connection.execute(page.limit(PAGE)).scalars(), default=after)
            in_range = and_(authorizations.c.key > after, authorizations.c.key <= until)
            for query, detail in _CHECKS:
                found += [Finding(DERIVED, row.id, detail) for row in connection.execute(query.where(in_range))]
        if until == after:
            return found
        after = until


_captured = authorizations.c.forced_minor + func.coalesce(holds.c.captured_minor, 0)
_with_holds = authorizations.outerjoin(holds, holds.c.key == authorizations.c.hold_key)


def _unlike_its_entries() -> Select[Any]:
    total = (
        select(func.coalesce(func.sum(entries.c.amount_minor), 0))
        .select_from(card_entries.join(entries, entries.c.position == card_entries.c.position))
        .where(card_entries.c.authorization_id == authorizations.c.id, entries.c.type.in_(_PURCHASES))
        .scalar_subquery()
    )
    return select(authorizations.c.id).select_from(_with_holds).where(_captured != total)


def _unlike_its_story() -> Select[Any]:
    total = (
        select(func.coalesce(func.sum(authorization_events.c.amount_minor), 0))
        .where(authorization_events.c.authorization_id == authorizations.c.id)
        .where(authorization_events.c.type == AuthorizationEventType.CAPTURED.value)
        .scalar_subquery()
    )
    return select(authorizations.c.id).select_from(_with_holds).where(_captured != total)


def _unlike_its_hold() -> Select[Any]:
    is_approved = and_(authorizations.c.decline_code.is_(None), authorizations.c.approved_minor > 0)
    holds_for_another = or_(
        holds.c.authorization_id.is_(None),
        holds.c.authorization_id != authorizations.c.id,
        holds.c.account_key != authorizations.c.account_key,
    )
    has_hold = authorizations.c.hold_key.is_not(None)
    return (
        select(authorizations.c.id)
        .select_from(_with_holds)
        .where(or_(and_(has_hold, or_(~is_approved, holds_for_another)), and_(~has_hold, is_approved, _captured == 0)))
    )


def _without_its_rate() -> Select[Any]:
    """Without a rate kept, the shop's currency has to be the account's, and nothing may tell of two amounts."""
    tells_of_two = (
        select(authorization_events.c.key)
        .where(authorization_events.c.authorization_id == authorizations.c.id)
        .where(authorization_events.c.original_minor.is_not(None))
        .exists()
    )
    is_approved = authorizations.c.decline_code.is_(None)
    return (
        select(authorizations.c.id)
        .outerjoin(accounts, accounts.c.key == authorizations.c.account_key)
        .where(authorizations.c.exchange_rate.is_(None))
        .where(
            or_(
                authorizations.c.currency != authorizations.c.original_currency,
                authorizations.c.amount_minor != authorizations.c.original_minor,
                and_(is_approved, accounts.c.currency != authorizations.c.currency),
                tells_of_two,
            )
        )
    )


_CHECKS = (
    (_without_its_rate(), "the card payment's exchange rate is gone"),
    (_unlike_its_entries(), "entries took another amount than the authorization gave"),
    (_unlike_its_story(), "what happened to the authorization tells of another amount than it gave"),
    (_unlike_its_hold(), "the authorization does not fit its hold"),
)
