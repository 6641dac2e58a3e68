"""Does what falls due, in order of its time, while the bank goes on serving: a slice of work in each transaction.

Work that fails is tried again, alone; after MAX_ATTEMPTS it is set aside, loudly, so that it does not keep the clock
back for ever. Where the storage is at fault nothing is counted: it waits for the storage.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import structlog
from sqlalchemy import Connection

from shared.observability import tracing
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.storage.database import Database
from shared.storage.database_errors import is_of_the_storage
from shared.time import clock
from transaction_service.due_work import bank_clock, queue
from transaction_service.due_work.machine_clock import MachineClock
from transaction_service.due_work.queue import Due

logger = structlog.get_logger(__name__)

Handler = Callable[[Connection, Sequence[Due]], None]
"""Does work of one kind, in order, and takes its rows out of the queue; inside the caller's transaction.

One whose work brings more work does what is due at the first instant, and leaves the rest where it is: what it brings
may come before that.
"""

MAX_ATTEMPTS = 3
_SLICE = 100
_LONGEST_PAUSE_SECONDS = 60.0  # within which a clock that was set, or another process's work, is noticed
_PAUSE_BETWEEN_PROCESSES_SECONDS = 1.0
_PAUSE_AFTER_FAILURE_SECONDS = 1.0
_LONGEST_REASON = 500


class DueWorker:
    """Works in a daemon thread; any number of processes may each have one."""

    def __init__(self, database: Database, machine_clock: MachineClock, handlers: Mapping[str, Handler]) -> None:
        self._database = database
        self._clock = machine_clock
        self._handlers = handlers
        self._woken = threading.Event()
        self._is_stopped = False
        self._has_set_aside = False
        self._thread = threading.Thread(target=self._run, name="due-work", daemon=True)

    def start(self) -> None:
        """Begin with what fell due while nobody was there."""
        self._thread.start()

    def stop(self) -> None:
        """End after the slice in hand."""
        self._is_stopped = True
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """Look now: the clock was moved, or something falls due sooner than anything before."""
        self._woken.set()

    def is_well(self) -> bool:
        """Whether it works, and nothing had to be set aside when it last looked: for the health of the service.

        Asks no database: one that is silent would keep whoever asks.
        """
        return self._thread.is_alive() and not self._has_set_aside

    def work_off(self) -> None:
        """Do everything whose time has come."""
        size = _SLICE
        while not self._is_stopped and (rows := self._due(size)):
            try:
                with tracing.work("due work"):
                    self._database.repeatedly(self._carry_out(size))
            except Exception as error:
                if isinstance(error, Refused) or is_of_the_storage(error):
                    raise
                if size == 1:
                    self._note_failure(rows[0], error)
                size = 1
            else:
                size = min(size * 2, _SLICE)

    def _carry_out(self, size: int) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            time = bank_clock.read(connection, now_us=self._clock.now_us())
            for kind, rows in groupby(queue.due(connection, time.target_us, size), key=lambda row: row.kind):
                together = list(rows)
                if queue.next_due_at(connection) != together[0].due_at:
                    return  # something earlier was left or has come up, and goes first
                self._handlers[kind](connection, together)

        return work

    def _due(self, limit: int) -> list[Due]:
        with self._database.read() as connection:
            time = bank_clock.read(connection, now_us=self._clock.now_us())
            return queue.due(connection, time.target_us, limit)

    def _note_failure(self, work: Due, error: Exception) -> None:
        is_last = work.attempts + 1 >= MAX_ATTEMPTS
        because = type(error).__name__
        logger.critical("due_work_failed", kind=work.kind, subject_id=work.subject_id, cause=because, stopped=is_last)
        self._has_set_aside = self._has_set_aside or is_last
        with self._database.write() as connection:
            stopped_at = clock.now_us() if is_last else None
            queue.note_failure(connection, work, stopped_at=stopped_at, because=because[:_LONGEST_REASON])

    def _run(self) -> None:
        while not self._is_stopped:
            self._woken.clear()
            try:
                self.work_off()
                pause = self._look_ahead()
            except Exception as error:  # noqa: BLE001 (whatever it was, what is due has to be done)
                logger.warning("due_work_waits", cause=cause_of(error))
                pause = _PAUSE_AFTER_FAILURE_SECONDS
            self._woken.wait(pause)

    def _look_ahead(self) -> float:
        """See what was set aside, and in how many seconds to look again."""
        longest = _LONGEST_PAUSE_SECONDS if self._database.is_sqlite else _PAUSE_BETWEEN_PROCESSES_SECONDS
        with self._database.read() as connection:
            self._has_set_aside = queue.count_stopped(connection) > 0
            instant = queue.next_due_at(connection)
            if instant is None:
                return longest
            left_us = instant - bank_clock.read(connection, now_us=self._clock.shown_us()).target_us
        return min(max(left_us / clock.MICROSECONDS, 0.0), longest)
