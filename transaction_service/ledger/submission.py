"""Orders that one request waits for, and what came of them: handed from its thread to the writer and back.

One lock is opened when the answer is there; another is taken by whoever is first, of the writer who begins and the
client who gives up. `concurrent.futures` does the same with a condition and takes it at each question, which costs a
tenth of what a request costs.
"""

import threading
import time

from shared.observability import tracing
from shared.refusals import DEADLINE_EXCEEDED, OUTCOME_NOT_DONE, OUTCOME_UNKNOWN, Refused
from transaction_service.ledger.orders import Order, Outcome

_NOT_BEGUN = "It was not begun in time, and nothing was done: ask again."


class Submission:
    """Orders that one request waits for, until `give_up_at` on the monotonic clock.

    `is_atomic`: all of them are carried out or none, in a commit of their own.
    """

    __slots__ = (
        "_answered", "_decided", "_error", "_has_begun", "_outcomes", "give_up_at", "is_atomic", "orders", "trace",
    )  # fmt: skip

    def __init__(self, orders: list[Order], give_up_at: float, *, is_atomic: bool = False) -> None:
        self.orders = orders
        self.give_up_at = give_up_at
        self.is_atomic = is_atomic
        self.trace = tracing.here()
        """Where it was submitted, for the span of its commit."""
        self._outcomes: list[Outcome] = []
        self._error: Exception | None = None
        self._has_begun = False
        self._decided = threading.Lock()
        """Taken once, by whoever begins it or gives it up."""
        self._answered = threading.Lock()
        """Let go of once there is an answer."""
        self._answered.acquire()

    def outcomes(self) -> list[Outcome]:
        """What came of the orders, each in its place; waits for that until `give_up_at`, after which nothing begins.

        Raises Refused as `CommitQueue.post` does, and whatever the commit failed with.
        """
        if not self._answered.acquire(timeout=max(self.give_up_at - time.monotonic(), 0)):
            is_begun = not self._decided.acquire(blocking=False)
            raise Refused(DEADLINE_EXCEEDED, details=OUTCOME_UNKNOWN) if is_begun else _not_begun()
        if self._error is not None:
            raise self._error
        return self._outcomes

    def begin(self) -> bool:
        """Whether somebody still waits for it: from here on it cannot be given up. Asked again it says the same."""
        if self._has_begun:
            return True
        if not self._decided.acquire(blocking=False):
            return False
        if time.monotonic() >= self.give_up_at:
            self.fail(_not_begun())
            return False
        self._has_begun = True
        return True

    def succeed(self, outcomes: list[Outcome]) -> None:
        """This is what came of the orders, in their order; they are committed."""
        self._outcomes = outcomes
        self._answered.release()

    def fail(self, error: Exception) -> None:
        """This is what became of them instead."""
        self._error = error
        self._answered.release()


def _not_begun() -> Refused:
    return Refused(DEADLINE_EXCEEDED, _NOT_BEGUN, OUTCOME_NOT_DONE)
