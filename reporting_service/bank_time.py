"""The bank's time, by which reports know which day it is."""

from reporting_service.projections import bank_clock
from shared.storage.database import Database
from shared.time.bank_clock import BankClock


class BankTime:
    """The ledger's own, which alone knows that its clock stands still; while it is away, what the journal shows."""

    def __init__(self, database: Database, clock: BankClock) -> None:
        self._database = database
        self._clock = clock

    def now_us(self) -> int:
        """Ask before a transaction begins, not in it."""
        told = self._clock.now_us()
        if told is not None:
            return told
        with self._database.read() as connection:
            return bank_clock.shown_us(connection)

    def forget(self) -> None:
        """The bank was reset."""
        self._clock.forget()
