"""Where submissions wait for the writer, which is woken when as many are there as it waits for, and not for each.

A thread that is woken for each order takes its turn at the interpreter lock from those that bring the next ones.
"""

import threading
import time
from collections import deque
from collections.abc import Sized
from typing import Generic, Protocol, TypeVar

PAUSE_SECONDS = 0.003  # between two orders of a group; the median of bench's transfers was best at 3 to 4 ms
LONGEST_GATHERING_SECONDS = 0.02


class _Submission(Protocol):
    """What waits: some orders."""

    @property
    def is_atomic(self) -> bool:
        """Whether it is carried out whole or not at all, and so is a group of its own."""

    @property
    def orders(self) -> Sized:
        """How many decides how many submissions make a group."""


T = TypeVar("T", bound=_Submission)


class WaitingRoom(Generic[T]):
    """Any thread puts something in; one takes groups out."""

    def __init__(self, most_orders: int) -> None:
        self._most_orders = most_orders
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._wanted = 1
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, submission: T) -> None:
        """Wait for the writer's turn."""
        with self._changed:
            self._waiting.append(submission)
            if len(self._waiting) >= self._wanted:
                self._changed.notify()

    def close(self) -> None:
        """Nothing more comes."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def take(self, expected: int) -> list[T]:
        """A group: what waits, and what comes in quick succession until `expected` are together; waits for the first.

        Empty when the room is closed and nothing is left.
        """
        with self._changed:
            self._wanted = 1
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            self._gather(expected)
            return self._group()

    def _gather(self, expected: int) -> None:
        self._wanted = expected
        gathered_by = time.monotonic() + LONGEST_GATHERING_SECONDS
        while len(self._waiting) < expected and not self._is_closed:
            before = len(self._waiting)
            self._changed.wait(PAUSE_SECONDS)
            if len(self._waiting) == before or time.monotonic() > gathered_by:
                return

    def _group(self) -> list[T]:
        group: list[T] = []
        size = 0
        while self._waiting and size < self._most_orders and not (group and self._waiting[0].is_atomic):
            submission = self._waiting.popleft()
            group.append(submission)
            if submission.is_atomic:
                break
            size += len(submission.orders)
        return group
