"""What the ledger tells others of the bank's clock."""

from typing import ClassVar

from shared.events.event_feed import Event
from shared.ledger_enums import LedgerEventType
from shared.time import clock


class ClockAdvanced(Event):
    """Somebody moved the bank's clock: it was at `previous_time`, or on its way there, and goes to `target_time`.

    It is there once all that falls due until then is done. A bank without accounts may begin earlier than it was.
    """

    type: ClassVar[str] = LedgerEventType.CLOCK_ADVANCED

    previous_time: str
    target_time: str
    happened_at: str


def clock_advanced(previous_us: int, target_us: int, at_us: int) -> ClockAdvanced:
    """The event that the clock was moved, when it showed `at_us` of the bank's time."""
    return ClockAdvanced(
        previous_time=clock.to_wire(previous_us),
        target_time=clock.to_wire(target_us),
        happened_at=clock.to_wire(at_us),
    )
