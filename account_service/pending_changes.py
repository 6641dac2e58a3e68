"""Carrying out changes that are written down as pending: in the ledger first, then settled here, each exactly once.

The same code serves the request that asked for a change and the recoverer that finds it half-done.
"""

import json
from collections.abc import Sequence

import structlog
from flask import g, has_request_context
from sqlalchemy import Connection

from account_service import repository, serializers
from account_service.context import AccountContext
from account_service.lifecycle import CLOSED, EVENT_OF_CHANGE, OPEN, after_refusal, is_final
from account_service.refusals import OPENING_REFUSED
from account_service.repository import Account, Event, StoredReply
from account_service.serializers import LedgerState
from shared import clock
from shared.errors import envelope
from shared.identifiers import new_id
from shared.refusals import VALIDATION, Refused

logger = structlog.get_logger(__name__)

LEASE_US = 6 * clock.MICROSECONDS
"""Longer than a call to the ledger may take, short enough for a half-done change to be final within ten seconds."""
_RETRY_US = clock.MICROSECONDS

Outcome = LedgerState | Refused


def open_in_ledger(context: AccountContext, accounts: Sequence[Account]) -> dict[str, Outcome]:
    """Open these pending accounts in the ledger and settle them; each one's outcome by account id.

    A `Refused` outcome that is not final leaves the account pending, for the recoverer.
    """
    outcomes = _ask_ledger(context, accounts)
    opened = [key for key, outcome in outcomes.items() if isinstance(outcome, LedgerState)]
    refused = {key: outcome for key, outcome in outcomes.items() if isinstance(outcome, Refused)}
    rejected = {key: outcome for key, outcome in refused.items() if is_final(outcome.refusal)}
    unanswered = [key for key in refused if key not in rejected]
    with context.database.write() as connection:
        if opened:
            settled = repository.settle(connection, opened, pending=OPEN, status=OPEN)
            repository.record(connection, [Event("account_opened", serializers.facts(row)) for row in settled.values()])
            repository.store_replies(connection, _opened_replies(connection, settled, outcomes))
        if rejected:
            settled = repository.settle(connection, rejected, pending=OPEN, status="refused")
            repository.store_replies(connection, [_refused_reply(key, rejected[key]) for key in settled])
        if unanswered:
            repository.release(connection, unanswered, clock.now_us() + _RETRY_US)
    return outcomes


def _ask_ledger(context: AccountContext, accounts: Sequence[Account]) -> dict[str, Outcome]:
    if len(accounts) > 1:
        try:
            ledger_states = context.ledger.open_batch(accounts)
            return {account.id: ledger_state for account, ledger_state in zip(accounts, ledger_states, strict=True)}
        except Refused as refused:
            if not is_final(refused.refusal):
                return {account.id: refused for account in accounts}
            logger.warning("batch_of_openings_refused", cause=str(refused))
    return {account.id: _ask_ledger_once(context, account) for account in accounts}


def _ask_ledger_once(context: AccountContext, account: Account) -> Outcome:
    try:
        return context.ledger.open(account)
    except Refused as refused:
        if refused.refusal.code == VALIDATION.code:
            return Refused(OPENING_REFUSED, details={"reason": refused.message or refused.refusal.message})
        return refused


def _opened_replies(
    connection: Connection, settled: dict[str, Account], outcomes: dict[str, Outcome]
) -> list[StoredReply]:
    replies = []
    for key in repository.keys_of_accounts(connection, settled).values():
        ledger_state = outcomes[key.account_id]
        if isinstance(ledger_state, LedgerState):
            shown = serializers.account(settled[key.account_id], ledger_state, shows_number=bool(key.shows_number))
            replies.append(StoredReply(key.account_id, 201, json.dumps(shown)))
    return replies


def _refused_reply(account_id: str, refused: Refused) -> StoredReply:
    request_id = g.request_id if has_request_context() else new_id()
    return StoredReply(account_id, refused.refusal.status, json.dumps(envelope(refused, request_id)))


def change_in_ledger(context: AccountContext, account: Account) -> LedgerState:
    """Carry out the pending change of an open or frozen account and settle it.

    Raises Refused: the ledger's refusal, after which the account is what it was; or 503 and 504, after which the
    change stays pending, for the recoverer.
    """
    wanted = account.pending_status
    try:
        ledger_state = context.ledger.set_status(account.id, wanted, account.pending_reason or "")
    except Refused as refused:
        with context.database.write() as connection:
            if is_final(refused.refusal):
                repository.settle(connection, [account.id], pending=wanted, status=after_refusal(account.status))
            else:
                repository.release(connection, [account.id], clock.now_us() + _RETRY_US)
        raise
    closed_at = clock.now_us() if wanted == CLOSED else None
    with context.database.write() as connection:
        settled = repository.settle(connection, [account.id], pending=wanted, status=wanted, closed_at=closed_at)
        event_type = EVENT_OF_CHANGE.get((account.status, wanted))
        if settled and event_type is not None:
            told = {**serializers.facts(settled[account.id]), "reason": account.pending_reason}
            repository.record(connection, [Event(event_type, told)])
    return ledger_state
