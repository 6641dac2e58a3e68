"""The bills of credit cards, which the ledger makes: looking at them, and paying before they are collected."""

from typing import Any

from account_service import repository as accounts
from account_service.caller import Caller
from account_service.cards import repository
from account_service.cards.ledger_client import Payment
from account_service.context import AccountContext
from account_service.models import Card
from account_service.opening import Reply
from shared.enums import CardKind
from shared.http.json_parsing import render
from shared.http.pagination import ListQuery
from shared.refusals import NOT_FOUND, Refused, forbidden


def statements(
    context: AccountContext, caller: Caller, card_id: str, query: ListQuery
) -> tuple[list[dict[str, Any]], str | None]:
    """What the next bill of a card will say, and a page of those there have been, newest first.

    Raises Refused: 404, and 422 for a cursor of another list.
    """
    return context.card_ledger.statements(_credit_card(context, caller, card_id).account_id, query)


def statement(context: AccountContext, caller: Caller, statement_id: str) -> dict[str, Any]:
    """One bill. Raises Refused (404) for what does not exist and for what is not the caller's, alike."""
    if not statement_id:
        raise Refused(NOT_FOUND)
    found = context.card_ledger.statement(statement_id)
    with context.database.read_session() as session:
        account = accounts.account(session, caller, found["account_id"])
    if account is None:
        raise Refused(NOT_FOUND)
    return found


def pay(context: AccountContext, caller: Caller, card_id: str, wanted: Payment) -> Reply:
    """Pay what is owed on a card, or a part of it, from an account of its holder.

    Raises Refused: 404, also for an account that is not theirs; 403 for whoever is not its holder; the ledger's
    refusal; after 503 or 504 the outcome is unknown and the same key tells it.
    """
    card = _credit_card(context, caller, card_id)
    account = card.account
    if not caller.sees_number(user_id=account.user_id, synthetic=account.synthetic):
        raise forbidden("What is owed on a card is its holder's own to pay.", role=caller.role)
    app = caller.user_id if caller.user_id != account.user_id else None
    answer = context.card_ledger.pay(account, wanted, app=app)
    transaction = answer.data
    paid = {
        "transaction_id": transaction["id"],
        "card_id": card.id,
        "account_id": account.id,
        "from_account_id": transaction["from_account_id"],
        "amount": transaction["amount"],
        "currency": transaction["currency"],
        "paid_at": transaction["effective_at"],
    }
    return Reply(answer.status, render(paid), replayed=answer.is_replay)


def _credit_card(context: AccountContext, caller: Caller, card_id: str) -> Card:
    with context.database.read_session() as session:
        found = repository.card(session, caller, card_id)
    if found is None:
        raise Refused(NOT_FOUND)
    if found.kind != CardKind.CREDIT:
        raise Refused(NOT_FOUND, "This card has no bills: it is no credit card.")
    return found
