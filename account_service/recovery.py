"""The recoverer: finds changes that were left half-done, by a crash or by a ledger that was away, and finishes them.

Each process of the service runs one. A lease keeps two of them from doing the same work at the same time, and settling
is conditional, so that each change becomes final once even when a lease runs out under a slow call.
"""

import threading

import structlog

from account_service import repository
from account_service.account_numbers import warm_up
from account_service.cards import ledger_sync
from account_service.cards.repository import has_untold
from account_service.context import AccountContext
from account_service.lifecycle import OPENING, is_final
from account_service.models import Account
from account_service.pending_changes import LEASE_US, change_in_ledger, open_in_ledger, tell_terms
from account_service.products import changes
from shared.events.feed_wakeups import Listener
from shared.fence import Fence
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.services import ACCOUNT
from shared.time import clock

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
_AT_ONCE = 500
_ENOUGH_FAILURES = 5


def recover(context: AccountContext) -> int:
    """Carry out what is pending and nobody is at; how many accounts, products and cards this call finished.

    New openings go to the ledger together. What it has given no answer to before goes alone, so that one account it
    cannot answer for holds up no other; and each failure lets the others go first. Raises Refused (5xx) at the end when
    the ledger gave no answer to something; after several such answers the rest waits for the next round.
    """
    with context.database.read_session() as session:
        found = repository.due(session, now=clock.now_us(), limit=_AT_ONCE)
    together = [row.id for row in found if row.status == OPENING and not row.attempts]
    finished, unanswered = _open_together(context, together)
    for row in found:
        if row.id in together:
            continue
        if len(unanswered) >= _ENOUGH_FAILURES:
            break
        for account in _lease(context, [row.id]):
            outcome = _carry_out(context, account)
            if outcome is None:
                finished += 1
            else:
                unanswered.append(outcome)
    for tell_due in (changes.tell_due, ledger_sync.tell_due):
        told, untold = tell_due(context)
        finished += told
        unanswered += untold
    if unanswered:
        raise unanswered[-1]
    return finished


def _open_together(context: AccountContext, ids: list[str]) -> tuple[int, list[Refused]]:
    openings = _lease(context, ids)
    outcomes = open_in_ledger(context, openings).values() if openings else ()
    unanswered = [outcome for outcome in outcomes if isinstance(outcome, Refused) and not is_final(outcome.refusal)]
    return len(openings) - len(unanswered), unanswered[-1:]


def _lease(context: AccountContext, ids: list[str]) -> list[Account]:
    if not ids:
        return []
    now = clock.now_us()
    with context.database.write_session() as session:
        return repository.lease(session, ids, now=now, until=now + LEASE_US)


def _carry_out(context: AccountContext, account: Account) -> Refused | None:
    """Carry out what is pending of one account; the refusal when the ledger gave no answer."""
    try:
        if account.status == OPENING:
            outcome = open_in_ledger(context, [account])[account.id]
            return outcome if isinstance(outcome, Refused) and not is_final(outcome.refusal) else None
        if account.pending_status is not None:
            change_in_ledger(context, account)
        else:
            tell_terms(context, account)
    except Refused as refused:
        if not is_final(refused.refusal):
            return refused
        logger.warning("change_refused", account=account.id, wanted=account.pending_status, cause=cause_of(refused))
    return None


class Recoverer:
    """Runs `recover` in a daemon thread until it is stopped."""

    def __init__(self, context: AccountContext, fence: Fence) -> None:
        self._context = context
        self._fence = fence
        self._stopped = threading.Event()
        self._bell = Listener(ACCOUNT)

    def start(self) -> None:
        """Begin, with what was left half-done before this process started."""
        threading.Thread(target=self._run, name="recoverer", daemon=True).start()

    def stop(self) -> None:
        """Stop after the round in hand."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            is_waited_for = True
            try:
                warm_up(self._context.settings.country, self._context.settings.bank_code)
                with self._fence.passing():
                    finished = recover(self._context)
                with self._context.database.read_session() as session:
                    is_waited_for = repository.has_unfinished(session) or has_untold(session)
                if finished:
                    logger.info("half_done_changes_finished", count=finished)
            except Refused as refused:
                logger.info("recovery_postponed", cause=cause_of(refused))
            except Exception:  # the recoverer must outlive any surprise: half-done changes wait for it
                logger.exception("recovery_failed")
            if is_waited_for:
                self._stopped.wait(_POLL_SECONDS)
            else:  # what is left half-done next is a commit, of whichever process
                self._bell.wait(self._stopped, _POLL_SECONDS)
