"""The bank's own time: real time, plus what a sandbox has moved it by. Once the bank has an account it never goes back.

It can be told to stand still, and then moves only when it is moved. Going on, it does so from where it stood.

It waits for what falls due: as long as there is work whose time has come, the clock shows the time of that work and no
later one (LEDGER rule 21), so that everything that happens has its place in time.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from shared.refusals import Refused
from shared.time import clock
from transaction_service.interest import runs
from transaction_service.ledger import journal
from transaction_service.models import accounts, ledger_state
from transaction_service.refusals import CLOCK_BACKWARDS

MAX_OFFSET_US = 100 * 365 * 86_400 * clock.MICROSECONDS
"""A sandbox may run a century ahead; beyond that dates stop making sense to everybody else's software."""
MIN_OFFSET_US = -MAX_OFFSET_US
NEAR_US = 60 * clock.MICROSECONDS
"""A bank that began in the past and comes this near to real time goes on with that."""


@dataclass(frozen=True)
class BankTime:
    """`now_us` in the bank's time, and `target_us`, which it goes to once all work due until then is done.

    `is_real` while nobody has moved it, `is_running` unless it was told to stand still, `is_waiting` while something is
    due: at `now_us`, which may be where it goes to.
    """

    now_us: int
    target_us: int
    is_real: bool
    is_running: bool
    is_waiting: bool

    @property
    def is_there(self) -> bool:
        """Whether nothing that is due keeps the clock back."""
        return not self.is_waiting

    def has_reached(self, instant_us: int) -> bool:
        """Whether everything is done that was due until an instant, and that instant is there."""
        return self.now_us > instant_us or (self.now_us == instant_us and not self.is_waiting)


def read(connection: Connection, *, now_us: int) -> BankTime:
    """The bank's time at this machine's `now_us`."""
    state = journal.state(connection)
    real_us, is_running = max(now_us, state.head_booked_at), state.stands_at is None
    is_real = is_running and state.clock_offset_us == 0
    target_us = state.clock_us(real_us)
    is_waiting = state.next_due_at is not None and state.next_due_at <= target_us
    return BankTime(state.bank_time(real_us), target_us, is_real, is_running, is_waiting)


def advance(connection: Connection, *, now_us: int, to_us: int | None = None, by_us: int = 0) -> BankTime:
    """Move the clock forward to an instant, or by a span; what is due until then keeps it waiting on its way.

    Counts from where it goes to already. Raises Refused for the past and for over a century.
    """
    before = read(connection, now_us=now_us)
    step = by_us if to_us is None else to_us - before.target_us
    if step < 0 and (to_us is None or to_us < before.now_us):
        raise Refused(CLOCK_BACKWARDS, details=_bounds(now_us, before.now_us))
    if step < 0:  # on its way there, and beyond
        return before
    state = journal.state(connection)
    real_us = max(now_us, state.head_booked_at)
    was = state.clock_us(real_us) - real_us
    offset = was + step
    if before.is_running and was < 0 and abs(offset) <= NEAR_US:
        offset = 0
    if offset > MAX_OFFSET_US:
        message = "The bank clock can be at most a century ahead of real time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, before.now_us))
    _put(connection, real_us, offset, is_running=before.is_running)
    return read(connection, now_us=now_us)


def begin(connection: Connection, *, now_us: int, at_us: int) -> BankTime:
    """Let a bank without accounts begin at this instant, earlier or later. Raises Refused for any other bank.

    Nothing has happened in such a bank that could come out of order.
    """
    before = read(connection, now_us=now_us)
    real_us = max(now_us, journal.state(connection).head_booked_at)
    offset = at_us - real_us
    has_customers = connection.execute(select(accounts.c.key).where(accounts.c.owner_id.is_not(None)).limit(1)).first()
    if has_customers is not None:
        message = "Only a bank without any account can begin at another time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, before.now_us))
    if not MIN_OFFSET_US <= offset <= MAX_OFFSET_US:
        message = "The bank clock can be at most a century away from real time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, before.now_us))
    _put(connection, real_us, offset, is_running=before.is_running)
    runs.begin_anew(connection, at_us)
    return read(connection, now_us=now_us)


def run(connection: Connection, *, now_us: int, is_running: bool) -> BankTime:
    """Let the clock run from where it stands, or stand still where it is; where it goes to, if work keeps it back."""
    state = journal.state(connection)
    real_us = max(now_us, state.head_booked_at)
    if is_running != (state.stands_at is None):
        offset = state.clock_us(real_us) - real_us
        _put(
            connection,
            real_us,
            0 if is_running and abs(offset) <= NEAR_US and offset < 0 else offset,
            is_running=is_running,
        )
    return read(connection, now_us=now_us)


def _put(connection: Connection, real_us: int, offset_us: int, *, is_running: bool) -> None:
    """Have the clock so far from real time: from now on, or for as long as it stands still there."""
    stands_at = None if is_running else real_us + offset_us
    connection.execute(update(ledger_state).values(clock_offset_us=offset_us, clock_stands_at=stands_at))


def _bounds(now_us: int, current: int) -> dict[str, str]:
    """The earliest and the latest time that the clock can be moved to."""
    return {"bank_time": clock.to_wire(current), "limit": clock.to_wire(now_us + MAX_OFFSET_US)}
