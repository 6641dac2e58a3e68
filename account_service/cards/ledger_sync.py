"""Telling the ledger of cards, and settling here what it has taken, each version exactly once.

The same code serves the request that asked for a change and the recoverer that finds it untold.
"""

import json
from collections.abc import Callable
from typing import Any

import structlog
from flask import g, has_request_context
from flask_sqlalchemy.session import Session

from account_service import audit
from account_service import repository as accounts
from account_service.cards import repository, serializers
from account_service.cards.bank_month import this_month
from account_service.cards.card_closing import end
from account_service.context import AccountContext
from account_service.events import CardEvent, CardIssued, card_event
from account_service.lifecycle import CLOSED, CLOSING, OPEN, OPENING, REFUSED, is_final
from account_service.models import Account, Card
from account_service.pending_changes import LEASE_US, as_told, open_in_ledger, reason_of, tell_terms
from account_service.refusals import ISSUING_REFUSED, OPENING_REFUSED
from account_service.repository import publish
from shared.enums import CardKind, CardStatus
from shared.http.errors import envelope
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, UNAVAILABLE, Refused
from shared.time import clock

logger = structlog.get_logger(__name__)

_ENOUGH_FAILURES = 5
_AT_ONCE = 500


def tell(context: AccountContext, card: Card) -> None:
    """Tell the ledger of a card as it was when it was loaded, and settle it here.

    Raises Refused: ISSUING_REFUSED, after which there is no such card; or 503 and 504, after which it will be told
    later.
    """
    is_new = not card.told_version
    state = None
    try:
        if is_new:
            _have_account_open(context, card.account)
            bank_time = context.card_ledger.issue(card, context.card_vault.open(card.id, card.sealed))
        else:
            bank_time = context.card_ledger.set_state(card)
        if is_new and card.kind == CardKind.CREDIT:
            state = context.ledger.states([card.account_id]).get(card.account_id)
    except Refused as refused:
        final = is_final(refused.refusal) and not (is_new and refused.refusal.status == NOT_FOUND.status)
        if not final:
            with context.database.write_session() as session:
                repository.postpone(session, card.id, now=clock.now_us())
            raise as_told(Refused(UNAVAILABLE) if is_final(refused.refusal) else refused) from None
        if is_new:
            raise _turned_down(context, card, refused) from None
        logger.warning("card_state_refused", card=card.id, cause=refused.refusal.code)
        bank_time = None
    month = this_month(context) if is_new else ""
    with context.database.write_session() as session:
        row = repository.cards_by_id(session, [card.id], for_update=True).get(card.id)
        if row is not None and row.told_version < card.version:
            _settle(session, row, card, bank_time)
            if is_new:
                _arrive(session, row, serializers.card(row, month, state))


def _have_account_open(context: AccountContext, account: Account) -> None:
    """Open the account that comes with a credit card. Raises Refused where that is not open, and may never be."""
    if account.status == OPENING:
        outcome = open_in_ledger(context, [account])[account.id]
        if isinstance(outcome, Refused):
            raise outcome
    if account.status == REFUSED:
        raise Refused(OPENING_REFUSED)


def _settle(session: Session, row: Card, told: Card, bank_time: int | None) -> None:
    """Keep what the ledger knows now, and tell others of it."""
    before, row.told_version, row.told_status, row.attempts = row.told_status, told.version, told.status, 0
    row.leased_until = 0
    if before is None:
        row.created_at_bank = bank_time
        audit.write_issued(session, row)
        row.asked_by = None
    facts = {**serializers.facts(row), "status": told.status, "frozen_by": told.frozen_by}
    event: type[CardEvent] = CardIssued if before is None else card_event(before, told.status)
    publish(session, [event(**facts)])


def _arrive(session: Session, row: Card, shown: dict[str, Any]) -> None:
    """What comes of a new card: the reply to its key, the end of the one before, or its own if the account closed."""
    old = repository.cards_by_id(session, [row.replaces], for_update=True).get(row.replaces) if row.replaces else None
    if old is not None and old.status in (CardStatus.ACTIVE, CardStatus.FROZEN):
        end(old, CardStatus.REPLACED)
    key = repository.key_of_card(session, row.id)
    if key is not None:
        key.status, key.reply = 201, json.dumps(shown)
    if row.account.status == CLOSED:
        end(row, CardStatus.CANCELLED)


def _turned_down(context: AccountContext, card: Card, refused: Refused) -> Refused:
    """There will be no such card: forget it, and keep the answer for its key."""
    told = Refused(ISSUING_REFUSED, details=reason_of(refused))
    request_id = g.request_id if has_request_context() else new_id()
    with context.database.write_session() as session:
        rows = repository.cards_by_id(session, [card.id, card.replaces or ""], for_update=True)
        row = rows.get(card.id)
        if row is not None and not row.told_version:
            audit.write_issued(session, row, error_code=told.refusal.code)
            key = repository.key_of_card(session, card.id)
            if key is not None:
                key.status, key.reply = told.refusal.status, json.dumps(envelope(told, request_id))
            if card.replaces in rows:
                rows[card.replaces].replaced_by = None
            elif card.kind == CardKind.CREDIT:
                _close(session, card.account_id)
            session.delete(row)
    return told


def _close(session: Session, account_id: str) -> None:
    """Have the account that came with a credit card closed again, by the recoverer, if it was opened."""
    account = accounts.accounts_by_id(session, [account_id], for_update=True)[account_id]
    if account.status == OPEN and account.pending_status is None:
        account.status, account.pending_status = CLOSING, CLOSED
        account.pending_reason = "its card could not be issued"


def tell_if_free(context: AccountContext, card_id: str) -> None:
    """Tell the ledger of a card whose change is decided whatever comes of this: else the recoverer does."""
    now = clock.now_us()
    with context.database.write_session() as session:
        card = repository.lease(session, card_id, now=now, until=now + LEASE_US)
    if card is not None:
        try:
            tell(context, card)
        except Refused:
            return


def change(context: AccountContext, card_id: str, load: Callable[[Session], Card]) -> Card:
    """Load and change a card in one commit, tell the ledger if it has to be, and give the card as it then is.

    What may change with it are the terms of a credit card's account.
    """
    with context.database.write_session() as session:
        card = load(session)
        is_untold = card.told_version < card.version
        has_terms = card.account.terms_told < card.account.terms_version
        if is_untold:
            card.leased_until = clock.now_us() + LEASE_US
        if has_terms:
            card.account.leased_until = clock.now_us() + LEASE_US
    if has_terms:
        try:
            tell_terms(context, card.account)
        except Refused as refused:
            raise as_told(refused) from None
    if is_untold:
        tell(context, card)
        with context.database.read_session() as session:
            card = repository.cards_by_id(session, [card_id]).get(card_id, card)
    return card


def tell_due(context: AccountContext) -> tuple[int, list[Refused]]:
    """Tell the ledger what it has not been told and nobody is at: how many cards, and where it gave no answer.

    After several such answers the rest waits for the next round.
    """
    with context.database.read_session() as session:
        found = [row.id for row in repository.due(session, now=clock.now_us(), limit=_AT_ONCE)]
    told, unanswered = 0, list[Refused]()
    for card_id in found:
        if len(unanswered) >= _ENOUGH_FAILURES:
            break
        now = clock.now_us()
        with context.database.write_session() as session:
            card = repository.lease(session, card_id, now=now, until=now + LEASE_US)
        if card is None:
            continue
        try:
            tell(context, card)
            told += 1
        except Refused as refused:
            if is_final(refused.refusal):
                told += 1
            else:
                unanswered.append(refused)
    return told, unanswered
