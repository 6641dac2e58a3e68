"""How late it surely is, for whoever removes what is old: one wrong reading must not cost what is young.

The ledger refuses to book at a time that it does not believe; what is removed cannot be booked again, so here less is
believed: what was written last before the start, and what has passed since by a clock that nobody can set.
"""

import time
from collections.abc import Callable

from shared.time import clock

_NANOSECONDS = 1_000


def elapsed_us() -> int:
    """A clock that nobody can set, in microseconds; it goes on while a laptop sleeps, where the system has such."""
    source = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(source) // _NANOSECONDS


class BelievedClock:
    """Never later than the machine says, nor than `newest_us`, when something was last written, and the time since.

    Where nothing was written yet (None), the machine is believed at the start. After a bank was off for a while this
    is behind by as long, until it is started again: what is old is kept for longer then, and never for less.
    """

    def __init__(
        self,
        newest_us: int | None,
        *,
        now: Callable[[], int] = clock.now_us,
        elapsed: Callable[[], int] = elapsed_us,
    ) -> None:
        self._now, self._elapsed = now, elapsed
        begun = now() if newest_us is None else min(now(), newest_us)
        self._offset = begun - elapsed()

    def now_us(self) -> int:
        """Microseconds since the epoch."""
        return min(self._now(), self._elapsed() + self._offset)
