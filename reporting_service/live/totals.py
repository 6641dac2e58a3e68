"""What there is to see of the whole bank this second, from what the projections have added up already.

Nothing is added up again that has not changed: volumes when the journal has grown, accounts and users when their feeds
have. The bars need no index by time either: positions of the journal are in the order in which it was booked, so where
a bar begins is found by halving, once for each bar.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, func, select

from reporting_service.bank_time import BankTime
from reporting_service.models import accounts, entries, feed_positions, users, volumes
from reporting_service.projections import directory_projection, journal_projection
from shared.amounts import money
from shared.enums import AccountStatus
from shared.events import feeds
from shared.storage.database import Database
from shared.time import business_days, clock
from shared.time.clock import MICROSECONDS

BARS, BAR_SECONDS = 12, 5
_BAR_US = BAR_SECONDS * MICROSECONDS

Totals = dict[str, Any]


class LiveTotals:
    """Used by one thread at a time. `behind` says how many entries of the journal are still to be taken in."""

    def __init__(self, database: Database, bank_time: BankTime, behind: Callable[[], int]) -> None:
        self._database = database
        self._bank_time = bank_time
        self._behind = behind
        self._position = -1
        self._day = -1
        self._volume: list[dict[str, Any]] = []
        self._directory: tuple[int, ...] = ()
        self._counted: dict[str, int] = {}
        self._begins: dict[int, int] = {}

    def now(self) -> Totals:
        """The totals of this second. Instants are in real time but for the bank's own."""
        at_us, bank_time_us = clock.now_us(), self._bank_time.now_us()
        with self._database.read() as connection:
            position = journal_projection.read_position(connection).position
            self._add_up(connection, position, business_days.day_number(bank_time_us))
            self._count(connection)
            bars = self._bars(connection, position, at_us)
        return {
            "at": clock.to_wire(at_us),
            "bank_time": clock.to_wire(bank_time_us),
            "transactions": position,
            "bar_seconds": BAR_SECONDS,
            "bars": bars,
            "last_ten_seconds": sum(bars[-(10 // BAR_SECONDS) :]),
            "volume": self._volume,
            **self._counted,
            "behind": self._behind(),
        }

    def _add_up(self, connection: Connection, position: int, day: int) -> None:
        if (position, day) == (self._position, self._day):
            return
        if position < self._position:  # another journal
            self._begins.clear()
        count, amount = func.sum(volumes.c.entries), func.sum(volumes.c.amount_minor)
        whole = select(volumes.c.currency, count, amount).group_by(volumes.c.currency)
        today = {row[0]: row for row in connection.execute(whole.where(volumes.c.day == day))}
        self._volume = [
            {
                "currency": currency,
                "transactions": int(entries_count),
                "amount": money.to_text(int(minor), currency),
                "transactions_today": int(today[currency][1]) if currency in today else 0,
                "amount_today": money.to_text(int(today[currency][2]) if currency in today else 0, currency),
            }
            for currency, entries_count, minor in connection.execute(whole.order_by(volumes.c.currency))
        ]
        self._position, self._day = position, day

    def _count(self, connection: Connection) -> None:
        read = [
            feeds.read_position(connection, feed_positions, feed).position
            for feed in (directory_projection.ACCOUNTS_FEED, directory_projection.USERS_FEED)
        ]
        if tuple(read) == self._directory:
            return
        is_open = accounts.c.status != AccountStatus.CLOSED
        self._counted = {
            "accounts": connection.execute(select(func.count()).select_from(accounts).where(is_open)).scalar_one(),
            "users": connection.execute(select(func.count()).select_from(users)).scalar_one(),
        }
        self._directory = tuple(read)

    def _bars(self, connection: Connection, position: int, at_us: int) -> list[int]:
        """How much was booked in each stretch of some seconds, the last one not over yet."""
        last = at_us // _BAR_US
        begins = [self._begin_of(connection, bar, position, last) for bar in range(last - BARS + 1, last + 1)]
        self._begins = {bar: begin for bar, begin in self._begins.items() if bar > last - BARS}
        return [after - before for before, after in zip(begins, [*begins[1:], position], strict=True)]

    def _begin_of(self, connection: Connection, bar: int, position: int, last: int) -> int:
        """The position of the last entry that was booked before this stretch."""
        if bar not in self._begins:
            low, high = 0, position
            while low < high:
                middle = (low + high + 1) // 2
                booked_at = connection.execute(select(entries.c.booked_at).where(entries.c.position == middle)).scalar()
                if booked_at is not None and booked_at < bar * _BAR_US:
                    low = middle
                else:
                    high = middle - 1
            if bar > last - 2 or self._behind():  # what is taken in late would be missing for a minute
                return low
            self._begins[bar] = low
        return min(self._begins[bar], position)
