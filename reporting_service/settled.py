"""Up to which instant of the bank's time our copy of the journal is whole.

The ledger shows no time before all that fell due until then is booked. So what is booked at that time lies at or before
the head that its journal has a moment later, and is in our copy once that has come so far, however far the journal has
gone on meanwhile. The pair of both is kept until then: of a bank that is never still our copy is never at the end.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from shared.events.feeds import FeedPosition


@dataclass(frozen=True, slots=True)
class TimeAndHead:
    """The bank's time, and how far the ledger's journal went when that had been read."""

    bank_time_us: int
    head: int


class SettledTime:
    """What one process knows of it. Thread-safe; forgets all when the journal begins anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = 0
        self._settled_us = 0
        self._awaited: TimeAndHead | None = None

    def known(self, at: FeedPosition) -> int:
        """As far as is known without asking, where our copy is at this position; 0: not at all."""
        with self._lock:
            return self._known(at)

    def until(self, position: Callable[[], FeedPosition], ask: Callable[[], TimeAndHead]) -> int:
        """As far as is known after asking the ledger. Raises as `ask`."""
        before = position()
        asked = ask()
        at = position()
        with self._lock:
            known = self._known(at)
            if at.generation != before.generation or asked.head < before.position:  # it may be of another journal
                return known
            if self._awaited is None or asked.head <= at.position:
                self._awaited = asked
            return self._known(at)

    def _known(self, at: FeedPosition) -> int:
        if at.generation != self._generation:
            self._generation, self._settled_us, self._awaited = at.generation, 0, None
        if self._awaited is not None and at.position >= self._awaited.head:
            self._settled_us, self._awaited = max(self._settled_us, self._awaited.bank_time_us), None
        return self._settled_us
