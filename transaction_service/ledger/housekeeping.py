"""What the ledger does beside its work: old idempotency keys and quotes go, and the write-ahead log stays short."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, select

from shared.storage.database import Database
from shared.storage.sqlite import BUSY_TIMEOUT_SECONDS
from shared.time import clock
from transaction_service.exchange.exchange_rows import forget_quotes, has_quotes_before
from transaction_service.models import idempotency_keys

logger = structlog.get_logger(__name__)

LONGEST_LOG_BYTES = 16 * 1024 * 1024
_EVERY_SECONDS = 10.0
_KEYS_AT_ONCE = 500
_LONGEST_CHECKPOINT_WAIT_MS = 200
_DAY_US = 86_400 * clock.MICROSECONDS


class Housekeeping:
    """Works in a daemon thread, in steps so small that no transfer waits long for one."""

    def __init__(self, database: Database, key_days: int, now_us: Callable[[], int]) -> None:
        self._database = database
        self._now_us = now_us
        self._key_days = key_days
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="housekeeping", daemon=True).start()

    def stop(self) -> None:
        """End after the step in hand."""
        self._stopped.set()

    def forget_old_keys(self, now_us: int) -> int:
        """Delete keys that were first used before as many days as they are kept; how many there were."""
        keys = idempotency_keys.c
        oldest = select(keys.number, keys.claimed_at).order_by(keys.number).limit(_KEYS_AT_ONCE)  # in order of time
        before = now_us - self._key_days * _DAY_US
        forgotten = 0
        while not self._stopped.is_set():
            with self._database.read() as connection:
                rows = connection.execute(oldest).all()
            numbers = [row.number for row in rows if row.claimed_at < before]
            if not numbers:
                break
            # A number that another process or a reset has freed meanwhile may be a new key's.
            are_old = keys.number.in_(numbers) & (keys.claimed_at < before)
            with self._database.write() as connection:
                forgotten += connection.execute(delete(idempotency_keys).where(are_old)).rowcount
        return forgotten

    def forget_ended_quotes(self, now_us: int) -> int:
        """Delete quotes that ended a day ago or earlier; how many there were."""
        before = now_us - _DAY_US
        with self._database.read() as connection:
            if not has_quotes_before(connection, before):
                return 0
        with self._database.write() as connection:
            return forget_quotes(connection, before)

    def shorten_log(self) -> None:
        """Take SQLite's write-ahead log into the database when it has grown: a reader keeps the usual way from it."""
        if not self._database.is_sqlite:
            return
        file = self._database.engine.url.database
        log = Path(f"{file}-wal")
        if not log.exists() or log.stat().st_size < LONGEST_LOG_BYTES:
            return
        with self._database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA busy_timeout={_LONGEST_CHECKPOINT_WAIT_MS}")
            try:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000:.0f}")

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_SECONDS):
            try:
                self.shorten_log()
                self.forget_old_keys(self._now_us())
                self.forget_ended_quotes(self._now_us())
            except Exception:  # it tries again
                logger.exception("housekeeping_failed")
