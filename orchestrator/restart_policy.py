"""When a service that died is started again, and when its dying is an alarm. Pure: time comes in as a number."""

from collections import deque
from dataclasses import dataclass

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0
SLOW_DELAY_SECONDS = 30.0
ALARM_EXITS = 5
ALARM_WINDOW_SECONDS = 60.0
STEADY_AFTER_SECONDS = 30.0


@dataclass(frozen=True)
class Verdict:
    """Start again after `delay_seconds`; `is_alarm` on the exit that makes a crash loop of it."""

    delay_seconds: float
    is_alarm: bool = False


class RestartPolicy:
    """The delay doubles with each exit, and is forgotten once the service has run steadily.

    Five exits within a minute are a crash loop: one alarm, and from then on a slow, steady retry.
    """

    def __init__(self) -> None:
        self._exits: deque[float] = deque(maxlen=ALARM_EXITS)
        self._in_a_row = 0
        self._is_looping = False

    def after_exit(self, *, now_seconds: float, ran_seconds: float) -> Verdict:
        """What to do after an exit at `now_seconds` (monotonic) of a process that lived `ran_seconds`."""
        if ran_seconds >= STEADY_AFTER_SECONDS:
            self._in_a_row = 0
            self._is_looping = False
            self._exits.clear()
        self._exits.append(now_seconds)
        self._in_a_row += 1
        if len(self._exits) == ALARM_EXITS and now_seconds - self._exits[0] <= ALARM_WINDOW_SECONDS:
            is_alarm = not self._is_looping
            self._is_looping = True
            return Verdict(SLOW_DELAY_SECONDS, is_alarm)
        if self._is_looping:
            return Verdict(SLOW_DELAY_SECONDS)
        return Verdict(min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (self._in_a_row - 1)))
