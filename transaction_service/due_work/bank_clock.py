"""The bank's own time: real time, plus what a sandbox has moved it by. Once the bank has an account it never goes back.

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

    `is_real` while nobody has moved it.
    """

    now_us: int
    target_us: int
    is_real: bool

    @property
    def is_there(self) -> bool:
        """Whether nothing that is due keeps the clock back."""
        return self.now_us >= self.target_us


def read(connection: Connection, *, now_us: int) -> BankTime:
    """The bank's time at this machine's `now_us`."""
    state = journal.state(connection)
    target = max(now_us, state.head_booked_at) + state.clock_offset_us
    return BankTime(state.bank_time(target - state.clock_offset_us), target, state.clock_offset_us == 0)


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
    was = journal.state(connection).clock_offset_us
    offset = was + step
    if was < 0 and abs(offset) <= NEAR_US:
        offset = 0
    if offset > MAX_OFFSET_US:
        message = "The bank clock can be at most a century ahead of real time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, before.now_us))
    connection.execute(update(ledger_state).values(clock_offset_us=offset))
    return read(connection, now_us=now_us)


def begin(connection: Connection, *, now_us: int, at_us: int) -> BankTime:
    """Let a bank without accounts begin at this instant, earlier or later. Raises Refused for any other bank.

    Nothing has happened in such a bank that could come out of order.
    """
    before = read(connection, now_us=now_us)
    offset = at_us - max(now_us, journal.state(connection).head_booked_at)
    has_customers = connection.execute(select(accounts.c.key).where(accounts.c.owner_id.is_not(None)).limit(1)).first()
    if has_customers is not None:
        message = "Only a bank without any account can begin at another time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, before.now_us))
    if not MIN_OFFSET_US <= offset <= MAX_OFFSET_US:
        message = "The bank clock can be at most a century away from real time."
        raise Refused(CLOCK_BACKWARDS, message, _bounds(now_us, before.now_us))
    connection.execute(update(ledger_state).values(clock_offset_us=offset))
    runs.begin_anew(connection, at_us)
    return read(connection, now_us=now_us)


def _bounds(now_us: int, current: int) -> dict[str, str]:
    """The earliest and the latest time that the clock can be moved to."""
    return {"bank_time": clock.to_wire(current), "limit": clock.to_wire(now_us + MAX_OFFSET_US)}
