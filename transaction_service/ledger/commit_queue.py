"""Group commit: requests that wait at the same moment share one write transaction and one flush to disk.

Each is answered only after that commit. When a shared transaction fails, each request is tried on its own, so nobody's
surprise becomes somebody else's error.

Under load the writer waits a moment for those whom it has just answered to ask again: a commit that runs while others
parse their requests loses its turn at the interpreter lock with each statement, and takes twice as long.
"""

import queue
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field

import structlog

from shared import clock
from shared.database import Database
from shared.http_client import remaining_seconds
from shared.refusals import DEADLINE_EXCEEDED, Refused
from transaction_service.ledger.movements import BatchAbortedError, post, post_all_or_nothing
from transaction_service.ledger.orders import Order, Outcome

logger = structlog.get_logger(__name__)

_MAX_ORDERS_A_COMMIT = 256
_LONGEST_WAIT_SECONDS = 60.0
_PAUSE_SECONDS = 0.003  # between two orders of a group; the median of bench's transfers was best at 3 to 4 ms
_LONGEST_GATHERING_SECONDS = 0.02


@dataclass(frozen=True)
class _Submission:
    orders: list[Order]
    answer: "Future[list[Outcome]]" = field(default_factory=Future)


class CommitQueue:
    """The one writer of money in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[_Submission | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._writer.start()

    def post(self, orders: list[Order]) -> list[Outcome]:
        """Carry out the orders, each on its own merits; returns after they are committed.

        Raises Refused (504) when that takes longer than the request's deadline: the outcome is then unknown.
        """
        submission = _Submission(orders)
        self._waiting.put(submission)
        try:
            return submission.answer.result(timeout=remaining_seconds(_LONGEST_WAIT_SECONDS))
        except FutureTimeoutError:
            raise Refused(DEADLINE_EXCEEDED) from None

    def post_all_or_nothing(self, orders: list[Order]) -> list[Outcome]:
        """Carry out all the orders or none, in a commit of their own."""
        try:
            with self._database.write() as connection:
                return post_all_or_nothing(connection, orders, now_us=clock.now_us())
        except BatchAbortedError as aborted:
            return aborted.outcomes

    def close(self) -> None:
        """Finish what waits, then stop the writer."""
        self._waiting.put(None)
        self._writer.join()

    def _run(self) -> None:
        expected = 1
        while (submission := self._waiting.get()) is not None:
            group, is_last = self._group(submission, expected)
            self._commit(group)
            if is_last:
                return
            expected = len(group) + self._waiting.qsize()

    def _group(self, first: _Submission, expected: int) -> tuple[list[_Submission], bool]:
        """What waits, and what comes in quick succession until `expected` requests are together."""
        group, size = [first], len(first.orders)
        gathered_by = time.monotonic() + _LONGEST_GATHERING_SECONDS
        while size < _MAX_ORDERS_A_COMMIT:
            may_pause = len(group) < expected and time.monotonic() < gathered_by
            try:
                following = self._waiting.get(timeout=_PAUSE_SECONDS) if may_pause else self._waiting.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
            size += len(following.orders)
        return group, False

    def _commit(self, group: list[_Submission]) -> None:
        orders = [order for submission in group for order in submission.orders]
        try:
            with self._database.write() as connection:
                outcomes = post(connection, orders, now_us=clock.now_us())
        except Exception as error:  # noqa: BLE001 (whatever it was goes to whoever asked; the writer lives on)
            if len(group) == 1:
                group[0].answer.set_exception(error)
                return
            logger.warning("group_commit_failed", size=len(group), cause=str(error))
            for submission in group:
                self._commit([submission])
            return
        start = 0
        for submission in group:
            end = start + len(submission.orders)
            submission.answer.set_result(outcomes[start:end])
            start = end
