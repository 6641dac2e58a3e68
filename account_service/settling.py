"""Carrying out changes that are written down as pending: in the ledger first, then settled here, each exactly once.

The same code serves the request that asked for a change and the recoverer that finds it half-done.
"""

import json
from collections.abc import Sequence

import structlog
from flask import g, has_request_context
from sqlalchemy import Connection

from account_service import rendering, repository
from account_service.branch import Branch
from account_service.lifecycle import CLOSED, EVENT_OF_CHANGE, OPEN, after_refusal, is_final
from account_service.refusals import OPENING_REFUSED
from account_service.rendering import Standing
from account_service.repository import Account, Event, StoredReply
from shared import clock
from shared.errors import envelope
from shared.identifiers import new_id
from shared.refusals import VALIDATION, Refused

logger = structlog.get_logger(__name__)

LEASE_US = 6 * clock.MICROSECONDS
"""Longer than a call to the ledger may take, short enough for a half-done change to be final within ten seconds."""
_RETRY_US = clock.MICROSECONDS

Outcome = Standing | Refused


def open_in_ledger(branch: Branch, accounts: Sequence[Account]) -> dict[str, Outcome]:
    """Open these pending accounts in the ledger and settle them; each one's outcome by account id.

    A `Refused` outcome that is not final leaves the account pending, for the recoverer.
    """
    outcomes = _ask_ledger(branch, accounts)
    opened = [key for key, outcome in outcomes.items() if isinstance(outcome, Standing)]
    refused = {key: outcome for key, outcome in outcomes.items() if isinstance(outcome, Refused)}
    rejected = {key: outcome for key, outcome in refused.items() if is_final(outcome.refusal)}
    unanswered = [key for key in refused if key not in rejected]
    with branch.database.write() as connection:
        if opened:
            settled = repository.settle(connection, opened, pending=OPEN, status=OPEN)
            repository.record(connection, [Event("account_opened", rendering.facts(row)) for row in settled.values()])
            repository.store_replies(connection, _opened_replies(connection, settled, outcomes))
        if rejected:
            settled = repository.settle(connection, rejected, pending=OPEN, status="refused")
            repository.store_replies(connection, [_refused_reply(key, rejected[key]) for key in settled])
        if unanswered:
            repository.release(connection, unanswered, clock.now_us() + _RETRY_US)
    return outcomes


def _ask_ledger(branch: Branch, accounts: Sequence[Account]) -> dict[str, Outcome]:
    if len(accounts) > 1:
        try:
            standings = branch.ledger.open_batch(accounts)
            return {account.id: standing for account, standing in zip(accounts, standings, strict=True)}
        except Refused as refused:
            if not is_final(refused.refusal):
                return {account.id: refused for account in accounts}
            logger.warning("batch_of_openings_refused", cause=str(refused))
    return {account.id: _ask_ledger_once(branch, account) for account in accounts}


def _ask_ledger_once(branch: Branch, account: Account) -> Outcome:
    try:
        return branch.ledger.open(account)
    except Refused as refused:
        if refused.refusal.code == VALIDATION.code:
            return Refused(OPENING_REFUSED, details={"reason": refused.message or refused.refusal.message})
        return refused


def _opened_replies(
    connection: Connection, settled: dict[str, Account], outcomes: dict[str, Outcome]
) -> list[StoredReply]:
    replies = []
    for key in repository.keys_of_accounts(connection, settled).values():
        standing = outcomes[key.account_id]
        if isinstance(standing, Standing):
            shown = rendering.account(settled[key.account_id], standing, shows_number=bool(key.shows_number))
            replies.append(StoredReply(key.account_id, 201, json.dumps(shown)))
    return replies


def _refused_reply(account_id: str, refused: Refused) -> StoredReply:
    request_id = g.request_id if has_request_context() else new_id()
    return StoredReply(account_id, refused.refusal.status, json.dumps(envelope(refused, request_id)))


def change_in_ledger(branch: Branch, account: Account) -> Standing:
    """Carry out the pending change of an open or frozen account and settle it.

    Raises Refused: the ledger's refusal, after which the account is what it was; or 503 and 504, after which the
    change stays pending, for the recoverer.
    """
    wanted = account.pending_status
    try:
        standing = branch.ledger.set_status(account.id, wanted, account.pending_reason or "")
    except Refused as refused:
        with branch.database.write() as connection:
            if is_final(refused.refusal):
                repository.settle(connection, [account.id], pending=wanted, status=after_refusal(account.status))
            else:
                repository.release(connection, [account.id], clock.now_us() + _RETRY_US)
        raise
    closed_at = clock.now_us() if wanted == CLOSED else None
    with branch.database.write() as connection:
        settled = repository.settle(connection, [account.id], pending=wanted, status=wanted, closed_at=closed_at)
        event_type = EVENT_OF_CHANGE.get((account.status, wanted))
        if settled and event_type is not None:
            told = {**rendering.facts(settled[account.id]), "reason": account.pending_reason}
            repository.record(connection, [Event(event_type, told)])
    return standing
