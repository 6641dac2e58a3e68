"""Group commit: requests that wait at the same moment share one write transaction and one flush to disk.

Each is answered only after that commit. When one of a group is at fault, each is tried on its own, so nobody's surprise
becomes somebody else's error: but only where the group provably did not commit. When the storage is at fault, all of
the group hear so at once. An order whose client has stopped waiting before its commit began is not begun.

A batch comes in slices, so that others have their turn in between (LEDGER rule 22), larger ones while there are no
others; one that is all or nothing is a
group of its own.

Under load the writer waits a moment for those whom it has just answered to ask again: a commit that runs while others
parse their requests loses its turn at the interpreter lock with each statement, and takes twice as long.
"""

import threading
import time

import structlog
from sqlalchemy import Connection

from shared.http.errors import foreseen
from shared.network.http_client import remaining_seconds
from shared.observability import tracing
from shared.observability.harmless import harmless
from shared.observability.logs import cause_of
from shared.refusals import INTERNAL, OUTCOME_UNKNOWN, UNAVAILABLE, Refused
from shared.storage.database import Database
from shared.storage.database_errors import is_full, is_of_the_storage, was_undone
from transaction_service.due_work.machine_clock import MachineClock
from transaction_service.ledger.commit_metrics import COMMIT_ORDERS, COMMIT_SECONDS
from transaction_service.ledger.movements import BatchAbortedError, post, post_all_or_nothing
from transaction_service.ledger.orders import Order, Outcome
from transaction_service.ledger.submission import Submission
from transaction_service.ledger.waiting_room import WaitingRoom

logger = structlog.get_logger(__name__)

MAX_ORDERS_A_COMMIT = 256
MAX_ORDERS_ALONE = 1_024  # while nobody else asks: a commit's own cost is shared by more
LONGEST_WAIT_SECONDS = 60.0
_LONGEST_WAIT_FOR_STORAGE_SECONDS = 10.0
_LEFT_FOR_THE_REPLY_SECONDS = 0.25  # of a deadline: to say 503 within it, when other writers do not let us begin
_SHORTEST_WAIT_SECONDS = 0.1
_PAUSE_SECONDS = 0.02

_UNKNOWN = "The storage broke off. The outcome is unknown: ask again with the same Idempotency-Key."
_IN_PART = "Only a part of the batch is known to be done: send it again, with the same keys, to finish it."


class CommitQueue:
    """The one writer of money in this process."""

    def __init__(self, database: Database, machine_clock: MachineClock) -> None:
        self._database = database
        self._clock = machine_clock
        self._is_shared = False
        """Whether the last commit was of several requests."""
        self._waiting: WaitingRoom[Submission] = WaitingRoom(MAX_ORDERS_A_COMMIT)
        self._writer = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._writer.start()

    def post(self, orders: list[Order]) -> list[Outcome]:
        """Carry out the orders, each on its own merits; returns after they are committed.

        Raises Refused: 503 when the storage is busy; 504 when the request's deadline passes. What had not begun then is
        never begun, which the message says; else `details.outcome` is unknown, as it is of a batch done in part.
        """
        give_up_at = time.monotonic() + remaining_seconds(LONGEST_WAIT_SECONDS)
        outcomes: list[Outcome] = []
        while len(outcomes) < len(orders):
            most = MAX_ORDERS_A_COMMIT if self._is_shared or len(self._waiting) else MAX_ORDERS_ALONE
            try:
                outcomes += self.submit(orders[len(outcomes) : len(outcomes) + most], give_up_at).outcomes()
            except Exception as error:
                if not outcomes:
                    raise
                raise _done_in_part(error) from error
        return outcomes

    def post_all_or_nothing(self, orders: list[Order]) -> list[Outcome]:
        """Carry out all the orders or none, in a commit of their own. Raises Refused as `post` does."""
        give_up_at = time.monotonic() + remaining_seconds(LONGEST_WAIT_SECONDS)
        return self._submit(Submission(orders, give_up_at, is_atomic=True)).outcomes()

    def submit(self, orders: list[Order], give_up_at: float) -> Submission:
        """Hand over orders for one commit, waiting for nothing. Raises Refused (503) without a writer."""
        return self._submit(Submission(orders, give_up_at))

    def _submit(self, submission: Submission) -> Submission:
        if not self.is_alive():
            raise Refused(UNAVAILABLE, "The ledger's writer has stopped; nothing was done.")
        self._waiting.put(submission)
        return submission

    @property
    def waiting(self) -> int:
        """How many requests wait for the writer."""
        return len(self._waiting)

    def is_alive(self) -> bool:
        """Whether the writer still takes orders: for the health of the service."""
        return self._writer.is_alive()

    def close(self) -> None:
        """Finish what waits, then stop the writer."""
        self._waiting.close()
        self._writer.join()

    def _run(self) -> None:
        expected = 1
        while group := self._waiting.take(expected):
            self._is_shared = len(group) > 1
            self._commit(group)
            expected = len(group) + len(self._waiting)

    def _commit(self, group: list[Submission]) -> None:
        """Post and commit the group, and answer each of it."""
        give_up_at = time.monotonic() + _LONGEST_WAIT_FOR_STORAGE_SECONDS
        while group := self._answer_who_can_be(group, give_up_at):
            time.sleep(_PAUSE_SECONDS)  # a storage that refuses without waiting is not asked without end

    def _answer_who_can_be(self, group: list[Submission], give_up_at: float) -> list[Submission]:
        """Try to commit the group, and answer it; those who wait on, as the storage let nobody begin.

        `give_up_at`: when the storage is waited for no longer.
        """
        begun: list[Submission] = []
        outcomes: list[Outcome] | None = None

        def carry_out(connection: Connection) -> None:
            nonlocal begun, outcomes
            begun, outcomes = [submission for submission in group if submission.begin()], None
            orders = [order for submission in begun for order in submission.orders]
            carry_out_all = post_all_or_nothing if group[0].is_atomic else post
            outcomes = carry_out_all(connection, orders, now_us=self._clock.now_us()) if orders else []

        began, seconds = time.perf_counter(), 0.0
        try:
            self._database.repeatedly(carry_out, wait_seconds=_patience(group, give_up_at))
            seconds = time.perf_counter() - began
        except BatchAbortedError as aborted:
            outcomes = aborted.outcomes
        except Exception as error:  # noqa: BLE001 (whatever it was goes to whoever asked; the writer lives on)
            if not begun:
                return _answer_hurried(group, error, give_up_at)
            self._answer_failure(begun, error, was_posted=outcomes is not None)
            return []
        start = 0
        for submission in begun:
            end = start + len(submission.orders)
            submission.succeed((outcomes or [])[start:end])
            start = end
        if seconds:
            _note_commit(begun, seconds, start)
        return []

    def _answer_failure(self, begun: list[Submission], error: Exception, *, was_posted: bool) -> None:
        """Answer a group whose transaction failed after it had begun.

        `was_posted`: it failed in its COMMIT, so whether it took effect is known only where the storage was full.
        """
        logger.warning("group_commit_failed", size=len(begun), was_posted=was_posted, cause=cause_of(error))
        if was_posted and not (is_full(error) or was_undone(error)):
            _answer_all(begun, _unknown(error))
        elif was_posted or len(begun) == 1 or isinstance(error, Refused) or is_of_the_storage(error):
            _answer_all(begun, error)
        else:
            for submission in begun:
                self._commit_alone(submission)

    def _commit_alone(self, submission: Submission) -> None:
        outcomes: list[Outcome] | None = None
        try:
            give_up_at = time.monotonic() + _LONGEST_WAIT_FOR_STORAGE_SECONDS
            with self._database.write(wait_seconds=_patience([submission], give_up_at)) as connection:
                outcomes = post(connection, submission.orders, now_us=self._clock.now_us())
        except Exception as error:  # noqa: BLE001 (as in _commit)
            self._answer_failure([submission], error, was_posted=outcomes is not None)
        else:
            submission.succeed(outcomes)


@harmless
def _note_commit(group: list[Submission], seconds: float, size: int) -> None:
    """Tell metrics and traces of a commit of `size` orders; everybody has been answered by then."""
    COMMIT_SECONDS.observe(seconds)
    COMMIT_ORDERS.observe(size)
    tracing.committed([submission.trace for submission in group], seconds, size)


def _answer_hurried(group: list[Submission], error: Exception, give_up_at: float) -> list[Submission]:
    """Answer those whose time is up; the others wait on, as one client's hurry is not everybody's."""
    now = time.monotonic() + _SHORTEST_WAIT_SECONDS
    patient = [each for each in group if isinstance(error, Refused) and min(_last_moment(each), give_up_at) > now]
    _answer_all([each for each in group if each not in patient and each.begin()], error)
    return patient


def _last_moment(submission: Submission) -> float:
    """Until when it may wait for other writers, so that it can still be answered in time."""
    return submission.give_up_at - _LEFT_FOR_THE_REPLY_SECONDS


def _patience(group: list[Submission], give_up_at: float) -> float:
    """How long the group may wait for other writers, until the first of it has to be answered; seconds."""
    return max(min(give_up_at, *map(_last_moment, group)) - time.monotonic(), 0.0)


def _answer_all(submissions: list[Submission], error: Exception) -> None:
    for submission in submissions:
        submission.fail(error)


def _done_in_part(error: Exception) -> Refused:
    """What to answer when the rest of a batch met this error: whatever it was, the beginning is done."""
    refused = foreseen(error)
    if refused is None:
        logger.exception("batch_failed_in_part", exc_info=error)
        refused = Refused(INTERNAL)
    return Refused(refused.refusal, _IN_PART, {**refused.details, **OUTCOME_UNKNOWN})


def _unknown(error: Exception) -> Refused:
    """What to answer when a COMMIT failed, and may have taken effect all the same."""
    unknown = Refused(UNAVAILABLE, _UNKNOWN, OUTCOME_UNKNOWN)
    unknown.__cause__ = error
    return unknown
