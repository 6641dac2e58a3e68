"""Which signals ask the bank to stop, and which of those that follow says not to wait."""

import signal
import time

TOGETHER_SECONDS = 1.0


class StopSignals:
    """Told of each signal as it comes.

    What ends a session sends several: a terminal that closes SIGHUP and then SIGTERM, a service manager the other way
    round. So signals of different kinds that come together are one wish, and a hang-up is never impatience.
    """

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def is_impatient(self, number: int) -> bool:
        """Whether this signal, coming after another, says to end at once: the second Ctrl-C."""
        now = time.monotonic()
        if self._first is None:
            self._first = (number, now)
            return False
        first, came_at = self._first
        return number != signal.SIGHUP and (number == first or now - came_at > TOGETHER_SECONDS)
