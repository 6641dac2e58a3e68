"""How long requests of people and programs took in the last minutes: a median and a 95th percentile.

Counted by minute, in steps of a tenth of their size. What other services and monitors ask is not among them.
"""

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

KEPT_MINUTES = 5
_FASTEST_SECONDS, _SLOWEST_SECONDS, _GROWTH = 0.0005, 60.0, 1.1


def _bounds() -> list[float]:
    found = [_FASTEST_SECONDS]
    while found[-1] < _SLOWEST_SECONDS:
        found.append(found[-1] * _GROWTH)
    return found


_BOUNDS = _bounds()


@dataclass(frozen=True, slots=True)
class Times:
    """Of how many requests, and how long half of them, and all but a twentieth, took at most; milliseconds."""

    requests: int
    p50_ms: float
    p95_ms: float


class ResponseTimes:
    """Of one process. A count that two threads lose between them changes nothing that is shown."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._minute = -1
        self._counts = [0] * (len(_BOUNDS) + 1)
        self._minutes: deque[tuple[int, list[int]]] = deque(maxlen=KEPT_MINUTES)
        self._lock = threading.Lock()

    def note(self, seconds: float) -> None:
        """A request was answered after so many seconds."""
        minute = int(self._now() // 60)
        if minute != self._minute:
            self._begin(minute)
        self._counts[bisect_left(_BOUNDS, seconds)] += 1

    def times(self) -> Times | None:
        """Those of the last minutes; None where there was no request."""
        oldest = int(self._now() // 60) - KEPT_MINUTES
        with self._lock:
            kept = [counts for minute, counts in self._minutes if minute > oldest]
        counts = [sum(column) for column in zip(*kept, strict=True)]
        requests = sum(counts)
        if not requests:
            return None
        return Times(requests, _percentile(counts, requests * 0.5), _percentile(counts, requests * 0.95))

    def _begin(self, minute: int) -> None:
        with self._lock:
            if minute != self._minute:
                self._counts = [0] * (len(_BOUNDS) + 1)
                self._minutes.append((minute, self._counts))
                self._minute = minute


def _percentile(counts: list[int], wanted: float) -> float:
    """Up to which bound so many are; milliseconds."""
    passed = 0
    for position, count in enumerate(counts):
        passed += count
        if passed >= wanted:
            return round(_BOUNDS[min(position, len(_BOUNDS) - 1)] * 1000, 1)
    return _SLOWEST_SECONDS * 1000


RECENT = ResponseTimes()
"""Those of this process."""
