"""Looking at cards, and at what is printed on one."""

from collections.abc import Sequence
from typing import Any

import structlog

from account_service import audit
from account_service.caller import Caller
from account_service.cards import repository, serializers
from account_service.cards.bank_month import this_month
from account_service.cards.lifecycle import check_living, shown_status
from account_service.cards.repository import CardFilters
from account_service.context import AccountContext
from account_service.models import Card
from shared.audit import AuditDetails
from shared.audit_enums import AuditAction
from shared.enums import CardKind, CardStatus
from shared.http.pagination import ListQuery
from shared.refusals import NOT_FOUND, Refused

logger = structlog.get_logger(__name__)

Page = tuple[list[dict[str, Any]], str | None]
"""Rendered cards, and the cursor of the next page."""


def own_cards(context: AccountContext, caller: Caller, filters: CardFilters, query: ListQuery) -> Page:
    """The caller's own cards, newest first."""
    with context.database.read_session() as session:
        rows, cursor = repository.own_cards(session, caller.user_id, filters, query)
    return rendered(context, rows, filters.month), cursor


def all_cards(context: AccountContext, caller: Caller, filters: CardFilters, query: ListQuery) -> Page:
    """The cards the caller may see, newest first."""
    with context.database.read_session() as session:
        rows, cursor = repository.all_cards(session, caller, filters, query)
    return rendered(context, rows, filters.month), cursor


def details(context: AccountContext, caller: Caller, card_id: str) -> dict[str, Any]:
    """One card. Raises Refused (404) for what does not exist and for what is not the caller's, alike."""
    with context.database.read_session() as session:
        row = repository.card(session, caller, card_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return rendered(context, [row], this_month(context))[0]


def rendered(context: AccountContext, rows: Sequence[Card], month: str) -> list[dict[str, Any]]:
    """Cards as they are shown: those that lend with what the ledger says of their accounts, asked in one call."""
    states = context.ledger.states(sorted({row.account_id for row in rows if row.kind == CardKind.CREDIT}))
    return [serializers.card(row, month, states.get(row.account_id)) for row in rows]


def reveal(context: AccountContext, caller: Caller, card_id: str, *, password: str, address: str) -> dict[str, str]:
    """What is printed on a card, for its owner, who proves with the password that it is them.

    Raises Refused: 404 for what is not the caller's own, staff included; 409 for a card that has ended, which nobody
    needs the number of; auth's 400 and 429 for a wrong password.
    """
    with context.database.read_session() as session:
        row = repository.card(session, caller, card_id)
    if row is None or row.account.user_id != caller.user_id:
        raise Refused(NOT_FOUND)
    check_living(shown_status(row.told_status or CardStatus.ACTIVE, row.expires, this_month(context)))
    context.owners.prove_password(caller.user_id, password, address)
    printed = context.card_vault.open(row.id, row.sealed)
    with context.database.write_session() as session:  # nothing is shown that is not written down
        audit.write_always(
            session, AuditAction.CARD_REVEALED, audit.of_card(row), AuditDetails(after={"last4": row.last4})
        )
    logger.info("card_revealed", card=row.id, user=caller.user_id, address=address)
    return {"card_number": printed.number, "expires": row.expires, "security_code": printed.security_code}
