"""Carrying out changes that are written down as pending: in the ledger first, then settled here, each exactly once.

The same code serves the request that asked for a change and the recoverer that finds it half-done.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

import structlog
from flask import g, has_request_context
from flask_sqlalchemy.session import Session

from account_service import audit, repository, serializers
from account_service.cards.card_closing import end_cards_of
from account_service.context import AccountContext
from account_service.events import OF_CHANGE, AccountOpened, AccountUpdated
from account_service.lifecycle import CLOSED, OPEN, REFUSED, after_refusal, is_final
from account_service.models import Account
from account_service.products import changes
from account_service.refusals import OPENING_REFUSED
from account_service.serializers import LedgerState
from shared.http.errors import envelope
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, OUTCOME_UNKNOWN, UNAVAILABLE, Refused
from shared.time import clock

logger = structlog.get_logger(__name__)

LEASE_US = 6 * clock.MICROSECONDS
"""Longer than a call to the ledger may take, short enough for a half-done change to be final within ten seconds."""

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
    with context.database.write_session() as session:
        settled = repository.settle(session, opened, pending=OPEN, status=OPEN)
        for row in settled.values():
            row.created_at_bank = _opened_at(row, outcomes[row.id])
        repository.publish(session, [AccountOpened(**serializers.facts(row)) for row in settled.values()])
        audit.write_opened(session, list(settled.values()), {row.id: row.pending_by for row in accounts})
        _store_opened(session, settled, outcomes)
        turned_down = repository.settle(session, rejected, pending=OPEN, status=REFUSED)
        _store_refused(session, turned_down, rejected)
        repository.postpone(session, unanswered, now=clock.now_us())
    return outcomes


def _ask_ledger(context: AccountContext, accounts: Sequence[Account]) -> dict[str, Outcome]:
    _, untold = changes.tell_due(context)  # so that an account has its product's terms from its first moment on
    if untold:
        return {account.id: untold[-1] for account in accounts}
    if len(accounts) > 1:
        try:
            states = context.ledger.open_batch(accounts)
            return {account.id: state for account, state in zip(accounts, states, strict=True)}
        except Refused as refused:
            if not is_final(refused.refusal):
                return {account.id: refused for account in accounts}
            logger.warning("batch_of_openings_refused", cause=refused.refusal.code)
    return {account.id: _ask_ledger_once(context, account) for account in accounts}


def _ask_ledger_once(context: AccountContext, account: Account) -> Outcome:
    try:
        return context.ledger.open(account)
    except Refused as refused:
        if refused.refusal.status == NOT_FOUND.status:
            return Refused(UNAVAILABLE)  # the ledger opens what it does not know: whoever said so is not the ledger
        if is_final(refused.refusal):
            return Refused(OPENING_REFUSED, details=reason_of(refused))
        return refused


def reason_of(refused: Refused) -> dict[str, str]:
    """The ledger's refusal as the details of another: its sentence and its code, or those that it gave on."""
    reason = refused.details.get("reason") or refused.message or refused.refusal.message
    return {"reason": reason, "reason_code": refused.details.get("reason_code") or refused.refusal.code}


def as_told(refused: Refused) -> Refused:
    """The ledger's refusal for whoever asked: while it is not final, what is written down may still be carried out."""
    if is_final(refused.refusal):
        return refused
    return replace(refused, details={**refused.details, **OUTCOME_UNKNOWN})


def _opened_at(row: Account, outcome: Outcome) -> int | None:
    """When it opened in the bank's time: when the simulation says, if that has come, else when the ledger opened it."""
    told = outcome.bank_time if isinstance(outcome, LedgerState) else None
    return min((moment for moment in (row.created_at_bank, told) if moment is not None), default=None)


def _store_opened(session: Session, settled: dict[str, Account], outcomes: dict[str, Outcome]) -> None:
    for key in repository.keys_of_accounts(session, settled).values():
        state = outcomes[key.account_id]
        if isinstance(state, LedgerState):
            shown = serializers.account(settled[key.account_id], state, shows_number=key.shows_number)
            key.status, key.reply = 201, json.dumps(shown)


def _store_refused(session: Session, settled: dict[str, Account], refused: dict[str, Refused]) -> None:
    for key in repository.keys_of_accounts(session, settled).values():
        refusal = refused[key.account_id]
        request_id = g.request_id if has_request_context() else new_id()
        key.status, key.reply = refusal.refusal.status, json.dumps(envelope(refusal, request_id))


def change_in_ledger(context: AccountContext, account: Account) -> LedgerState:
    """Carry out the pending change of an open or frozen account and settle it.

    Raises Refused: the ledger's refusal, after which the account is what it was; or 503 and 504, after which the
    change stays pending, for the recoverer.
    """
    wanted = account.pending_status or account.status
    try:
        state = context.ledger.set_status(account, wanted)
    except Refused as refused:
        with context.database.write_session() as session:
            if is_final(refused.refusal):
                settled = repository.settle(session, [account.id], pending=wanted, status=after_refusal(account.status))
                repository.publish(session, [AccountUpdated(**serializers.facts(row)) for row in settled.values()])
                if settled:
                    audit.write_status(session, account, error_code=refused.refusal.code)
            else:
                repository.postpone(session, [account.id], now=clock.now_us())
        raise as_told(refused) from None
    closed_at = clock.now_us() if wanted == CLOSED else None
    with context.database.write_session() as session:
        settled = repository.settle(session, [account.id], pending=wanted, status=wanted, closed_at=closed_at)
        if settled and wanted == CLOSED:
            settled[account.id].closed_at_bank = state.bank_time
            end_cards_of(session, account.id)
        if settled:
            audit.write_status(session, account, bank_time_us=state.bank_time)
        event = OF_CHANGE.get((account.status, wanted))
        if settled and event is not None:
            facts = serializers.facts(settled[account.id])
            repository.publish(session, [event(**facts, reason=account.pending_reason)])
    return state


def tell_terms(context: AccountContext, account: Account) -> None:
    """Tell the ledger the holder's name and the limits of an account as they were when it was loaded.

    The ledger takes a version once and an older one never, so this may be repeated. Raises Refused (5xx) when the
    ledger gave no answer; then they will be told later.
    """
    try:
        context.ledger.set_terms(account)
    except Refused as refused:
        if not is_final(refused.refusal):
            with context.database.write_session() as session:
                repository.postpone(session, [account.id], now=clock.now_us())
            raise
        logger.warning("terms_refused", account=account.id, cause=refused.refusal.code)
    with context.database.write_session() as session:
        for row in repository.accounts_by_id(session, [account.id], for_update=True).values():
            row.terms_told, row.attempts = max(row.terms_told, account.terms_version), 0
