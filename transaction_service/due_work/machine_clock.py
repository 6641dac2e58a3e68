"""The machine's clock, believed with care: one wrong reading must not book in another century (LEDGER rule 20).

It may step back (the journal's own time does not, see ledger/movements.py) and forward by a few minutes. A larger jump
refuses every booking, is said in the log and in the service's health, and ends when the clock is right again or an
administrator confirms it. While the service was not running only a year's absence is believed.
"""

import threading
from collections.abc import Callable

import structlog

from shared.refusals import Refused
from shared.time import clock
from shared.time.believed_clock import elapsed_us
from transaction_service.due_work.confirmed_offset import ConfirmedOffset
from transaction_service.refusals import CLOCK_JUMPED

logger = structlog.get_logger(__name__)

TOLERANCE_US = 5 * 60 * clock.MICROSECONDS
LONGEST_ABSENCE_US = 366 * 86_400 * clock.MICROSECONDS


class MachineClock:
    """Compares the machine's time with what has passed since a moment at which it was believed.

    `confirmed` is what an administrator said to any process of the ledger on this machine.
    """

    def __init__(
        self,
        last_booked_us: int = 0,
        *,
        confirmed: ConfirmedOffset | None = None,
        now: Callable[[], int] = clock.now_us,
        elapsed: Callable[[], int] = elapsed_us,
    ) -> None:
        self._now, self._elapsed = now, elapsed
        self._confirmed = confirmed
        self._lock = threading.Lock()
        self._offset = now() - elapsed()
        self._has_jumped = False
        if last_booked_us and now() > last_booked_us + LONGEST_ABSENCE_US:
            self._offset = last_booked_us - elapsed()
            if not self.is_believed():
                self._notice(now())

    def now_us(self) -> int:
        """The machine's time, to book at. Raises Refused (503) after a jump forward that nobody has confirmed."""
        now = self._now()
        if now > self._latest_us(now):
            self._notice(now)
            raise Refused(CLOCK_JUMPED, details={"machine_time": clock.to_wire(now)})
        self._has_jumped = False
        return now

    def shown_us(self) -> int:
        """The machine's time, to show; after a jump, what it would be without it."""
        now = self._now()
        return min(now, self._latest_us(now))

    def is_believed(self) -> bool:
        """Whether bookings can be made now: for the health of the service."""
        now = self._now()
        return now <= self._latest_us(now)

    def confirm(self, stated_us: int) -> bool:
        """An operator says what the time is; whether it agrees with the machine's, which is then believed."""
        now = self._now()
        if abs(now - stated_us) > TOLERANCE_US:
            return False
        offset = now - self._elapsed()
        if self._confirmed is not None:
            self._confirmed.write(offset)
        self._offset = offset
        self._has_jumped = False
        logger.warning("clock_confirmed", machine_time=clock.to_wire(now))
        return True

    def _latest_us(self, now: int) -> int:
        """Up to which time the machine is believed. What was confirmed counts while the clock goes by it."""
        elapsed = self._elapsed()
        said = None if self._confirmed is None else self._confirmed.read()
        if said is not None and abs(now - elapsed - said) <= TOLERANCE_US:
            self._offset = said
        return elapsed + self._offset + TOLERANCE_US

    def _notice(self, now: int) -> None:
        with self._lock:
            if not self._has_jumped:
                self._has_jumped = True
                logger.critical("clock_jumped", machine_time=clock.to_wire(now))
