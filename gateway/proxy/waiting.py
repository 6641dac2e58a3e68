"""Who waits for a service's reply, and whether it hangs: one that does must not have every thread of the gateway.

While a service answers, however slowly, as many wait for it as want to. When so many wait that only a quarter of the
threads are left, and nothing has been heard of it for some seconds, the newest of them are given up and no further ones
are let in: what needs it is refused soon, and everything else goes on.
"""

import threading
import time
from itertools import islice

SILENT_SECONDS = 3.0


class ServiceHangsError(Exception):
    """Too many wait for the service already, and it says nothing: it has seen nothing of this request."""


class Waiting:
    """Requests to one service, by a number that each is given. `most` may wait while it says nothing. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._began: dict[int, float] = {}
        self._last = 0
        self._heard_at = float("-inf")
        self._lock = threading.Lock()

    def enter(self) -> int:
        """Begin to wait; the request's number. Raises ServiceHangsError."""
        now = time.monotonic()
        with self._lock:
            if len(self._began) >= self._most and self._is_silent(now):
                raise ServiceHangsError
            self._last += 1
            self._began[self._last] = now
            return self._last

    def leave(self, number: int, *, has_answered: bool) -> None:
        """Wait no longer."""
        with self._lock:
            del self._began[number]
            if has_answered:
                self._heard_at = time.monotonic()

    def is_one_too_many(self, number: int) -> bool:
        """Whether this one is to be given up, for the sake of all that do not need the service."""
        now = time.monotonic()
        with self._lock:
            return self._is_silent(now) and number not in islice(self._began, self._most)

    def _is_silent(self, now: float) -> bool:
        oldest = next(iter(self._began.values()), now)
        return now - max(oldest, self._heard_at) > SILENT_SECONDS
