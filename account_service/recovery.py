"""The recoverer: finds changes that were left half-done, by a crash or by a ledger that was away, and finishes them.

Each process of the service runs one. A lease keeps two of them from doing the same work at the same time, and settling
is conditional, so that each change becomes final once even when a lease runs out under a slow call.
"""

import threading

import structlog

from account_service import repository
from account_service.account_numbers import warm_up
from account_service.context import AccountContext
from account_service.lifecycle import OPENING
from account_service.pending_changes import LEASE_US, change_in_ledger, open_in_ledger
from account_service.repository import Account
from shared import clock
from shared.refusals import Refused

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
_AT_ONCE = 500


def recover(context: AccountContext) -> int:
    """Carry out the pending changes that nobody is carrying out; how many this call finished, one way or the other.

    Raises Refused (5xx) when the ledger does not answer; the rest waits for the next round.
    """
    with context.database.read() as connection:
        found = repository.due(connection, now=clock.now_us(), limit=_AT_ONCE)
    openings = _lease(context, [account_id for account_id, status in found if status == OPENING])
    if openings:
        for outcome in open_in_ledger(context, openings).values():
            if isinstance(outcome, Refused) and outcome.refusal.status >= 500:
                raise outcome
    changes = 0
    for account_id, status in found:
        if status != OPENING:
            for account in _lease(context, [account_id]):
                changes += 1
                _change(context, account)
    return len(openings) + changes


def _lease(context: AccountContext, ids: list[str]) -> list[Account]:
    if not ids:
        return []
    now = clock.now_us()
    with context.database.write() as connection:
        return repository.lease(connection, ids, now=now, until=now + LEASE_US)


def _change(context: AccountContext, account: Account) -> None:
    try:
        change_in_ledger(context, account)
    except Refused as refused:
        if refused.refusal.status >= 500:
            raise
        logger.warning("change_refused", account=account.id, wanted=account.pending_status, cause=str(refused))


class Recoverer:
    """Runs `recover` in a daemon thread until it is stopped."""

    def __init__(self, context: AccountContext) -> None:
        self._context = context
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin, with what was left half-done before this process started."""
        threading.Thread(target=self._run, name="recoverer", daemon=True).start()

    def stop(self) -> None:
        """Stop after the round in hand."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                warm_up(self._context.settings.country, self._context.settings.bank_code)
                finished = recover(self._context)
                if finished:
                    logger.info("half_done_changes_finished", count=finished)
            except Refused as refused:
                logger.info("recovery_postponed", cause=str(refused))
            except Exception:  # the recoverer must outlive any surprise: half-done changes wait for it
                logger.exception("recovery_failed")
            self._stopped.wait(_POLL_SECONDS)
