"""The bank's own time: real time, plus what a sandbox has moved it forward by. It never goes back."""

from dataclasses import dataclass

from sqlalchemy import Connection, update

from shared import clock
from shared.refusals import Refused
from transaction_service.ledger import journal
from transaction_service.models import ledger_state
from transaction_service.refusals import CLOCK_BACKWARDS

MAX_OFFSET_US = 100 * 365 * 86_400 * clock.MICROSECONDS
"""A sandbox may run a century ahead; beyond that dates stop making sense to everybody else's software."""


@dataclass(frozen=True)
class BankTime:
    """`now_us` in the bank's time; `is_real` while nobody has moved it."""

    now_us: int
    is_real: bool


def read(connection: Connection, *, now_us: int) -> BankTime:
    """The bank's time at this machine's `now_us`."""
    state = journal.state(connection)
    return BankTime(max(now_us, state.head_booked_at) + state.clock_offset_us, state.clock_offset_us == 0)


def advance(connection: Connection, *, now_us: int, to_us: int | None = None, by_us: int = 0) -> BankTime:
    """Move the clock forward to an instant, or by a span. Raises Refused for the past and for over a century."""
    state = journal.state(connection)
    current = max(now_us, state.head_booked_at) + state.clock_offset_us
    step = by_us if to_us is None else to_us - current
    if step < 0:
        raise Refused(CLOCK_BACKWARDS, details=_bounds(now_us, current))
    offset = state.clock_offset_us + step
    if offset > MAX_OFFSET_US:
        message = "The bank clock can be at most a century ahead of real time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, current))
    connection.execute(update(ledger_state).values(clock_offset_us=offset))
    return BankTime(current + step, offset == 0)


def _bounds(now_us: int, current: int) -> dict[str, str]:
    """The earliest and the latest time that the clock can be moved to."""
    return {"bank_time": clock.to_wire(current), "limit": clock.to_wire(now_us + MAX_OFFSET_US)}
