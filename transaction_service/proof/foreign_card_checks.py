"""Card payments in another currency than the account's: each story told again, by the rates of its authorization.

What was held, collected and given back has to be what those rates make of the shop's amounts, to the minor unit, and
the hold what they leave. Where no rate is kept, card_checks looks that there is nothing to exchange.
"""

from typing import Any

from sqlalchemy import Connection, select

from shared.amounts.exchange_rates import with_margin_taken
from shared.card_enums import AuthorizationEventType
from shared.enums import HoldStatus
from shared.storage.database import Database
from transaction_service.cards import authorization_rows
from transaction_service.cards.authorization import APPROVING, Authorization, AuthorizationStep, Progress
from transaction_service.cards.authorization_rows import AUTHORIZATION, AUTHORIZATIONS, authorization_of
from transaction_service.exchange.conversion import Terms
from transaction_service.exchange.exchange_rows import EXCHANGE, exchange_of
from transaction_service.ledger.movement_rules import CARD_PURCHASE, CASH_WITHDRAWAL
from transaction_service.models import authorizations, card_entries, entries, exchanges, holds
from transaction_service.proof.finding import Finding

PAGE = 500
RATES = "exchanges equal their rates"
_HELD = tuple(holds.c[name].label(f"held_{name}") for name in ("amount_minor", "remaining_minor", "status"))
_TAKES = frozenset({AuthorizationEventType.CAPTURED, AuthorizationEventType.REVERSED})


def findings(database: Database) -> list[Finding]:
    """Every authorization whose amounts are not those that its rates make; empty when all is well."""
    found: list[Finding] = []
    after = 0
    while True:
        query = select(*AUTHORIZATION, *_HELD).select_from(AUTHORIZATIONS)
        query = query.where(authorizations.c.key > after, authorizations.c.exchange_rate.is_not(None))
        with database.read() as connection:
            rows = connection.execute(query.order_by(authorizations.c.key).limit(PAGE)).all()
            page = [authorization_of(row) for row in rows]
            stories = authorization_rows.stories_of(connection, [each.id for each in page])
            collected = _collected(connection, [each.id for each in page])
        found += [
            Finding(RATES, each.id, "the card payment's amounts are not those that its rates make")
            for each, row in zip(page, rows, strict=True)
            if not _is_told_right(each, stories[each.id], collected.get(each.id, []))
            or not _is_held(row, stories[each.id])
        ]
        if len(rows) < PAGE:
            return found
        after = rows[-1].key


def _is_told_right(authorization: Authorization, story: list[AuthorizationStep], collected: list[Any]) -> bool:
    terms = authorization.terms
    if terms is None or terms.rate != with_margin_taken(terms.reference_rate, terms.margin_bp):
        return False
    if authorization.amount_minor != terms.source_minor(authorization.original_minor):
        return False
    progress = Progress()
    for each in story:
        comes_to = each.amount_minor
        if each.type in APPROVING:
            comes_to = progress.adding(terms, each.original_minor)
        elif each.type in _TAKES:
            comes_to = progress.taking(terms, each.original_minor)
        if each.amount_minor != comes_to:
            return False
        progress = progress.after([each])
    told = [(each.amount_minor, each.original_minor) for each in story if each.type is AuthorizationEventType.CAPTURED]
    return sorted(told) == sorted(_amounts(collected)) and all(_is_on(terms, row) for row in collected)


def _is_held(row: Any, story: list[AuthorizationStep]) -> bool:
    """Whether its hold, if it has one, was as large as its story says, and while it is pending holds what is left."""
    if row.hold_id is None:
        return True
    progress = Progress().after(story)
    left = progress.held_minor - progress.gone_minor
    is_left = row.held_status != HoldStatus.PENDING or row.held_remaining_minor == left
    return bool(row.held_amount_minor == progress.held_minor) and is_left


def _amounts(collected: list[Any]) -> list[tuple[int, int]]:
    made = [exchange_of(row) for row in collected]
    return [(each.source.minor, each.target.minor) for each in made if each is not None]


def _is_on(terms: Terms, row: Any) -> bool:
    made = exchange_of(row)
    return made is not None and (made.rate, made.reference_rate, made.margin_bp, made.day) == terms[2:]


def _collected(connection: Connection, ids: list[str]) -> dict[str, list[Any]]:
    """What entries took for each of these authorizations, and by which rates."""
    found: dict[str, list[Any]] = {}
    query = (
        select(card_entries.c.authorization_id, *EXCHANGE)
        .select_from(
            card_entries.join(entries, entries.c.position == card_entries.c.position).outerjoin(
                exchanges, exchanges.c.position == card_entries.c.position
            )
        )
        .where(card_entries.c.authorization_id.in_(ids), entries.c.type.in_((CARD_PURCHASE, CASH_WITHDRAWAL)))
    )
    for row in connection.execute(query) if ids else ():
        found.setdefault(row.authorization_id, []).append(row)
    return found
