"""One database per service: SQLite by default, and the column types that work there and on PostgreSQL and MySQL.

SQLite is opened as LEDGER rule 8 says: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE for every write. Writers of
one process queue at a lock, in order, instead of polling SQLite's.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    Result,
    String,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.pool import QueuePool

from shared.http_client import remaining_seconds
from shared.refusals import UNAVAILABLE, Refused

try:
    from pysqlite3 import dbapi2 as sqlite_driver
except ImportError:  # no wheel for this platform: the standard driver serves, see _journal_mode
    sqlite_driver = sqlite3

_WAL_RESET_FIX = (3, 51, 3)
_BUSY_TIMEOUT_SECONDS = 10.0
_POOL_SIZE = 48
_SNAPSHOT = "REPEATABLE READ"

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit whole number: money in minor units, instants in microseconds, positions."""

LongText = Text()


def short_text(length: int) -> String:
    """Text with a length that other databases can index; plain TEXT in SQLite's STRICT tables."""
    return String(length).with_variant(Text(), "sqlite")


IdText = short_text(36)


class Database:
    """A service's database. `read()` and `write()` give a connection inside one transaction."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _server_engine(url)
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level=_SNAPSHOT)
        self._write_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot; never blocks writers."""
        with self._reader.begin() as connection:
            if self.is_sqlite:
                begin_transaction(connection, "BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: committed when the block ends, rolled back when it raises.

        Raises Refused (503) when other writers keep it waiting beyond the request's deadline or ten seconds.
        """
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        wait_seconds = min(_BUSY_TIMEOUT_SECONDS, remaining_seconds(_BUSY_TIMEOUT_SECONDS))
        if not self._write_lock.acquire(timeout=wait_seconds):
            raise Refused(UNAVAILABLE, "The bank's storage is busy; try again shortly.")
        try:
            with self.engine.begin() as connection:
                begin_transaction(connection)
                yield connection
        finally:
            self._write_lock.release()

    def is_healthy(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as connection:
                connection.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 (whatever the driver raises, the answer is no)
            return False
        return True

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def as_dicts(result: Result[Any]) -> list[dict[str, Any]]:
    """Every row by column name, in plain text: over SQLAlchemy's own kind of text JSON is written ten times slower."""
    names = [str(name) for name in result.keys()]  # noqa: SIM118 (no mapping: the names of the columns)
    return [dict(zip(names, row, strict=True)) for row in result]


def _server_engine(url: str) -> Engine:
    """Writers see what others have committed, row by row under its lock; readers one snapshot (LEDGER rule 9)."""
    return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        module=sqlite_driver,
        poolclass=QueuePool,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_SIZE,
        connect_args={"check_same_thread": False, "timeout": _BUSY_TIMEOUT_SECONDS, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare_connection)
    return engine


def _journal_mode(driver: ModuleType) -> str:
    """WAL, unless this SQLite has the WAL-reset corruption bug."""
    return "WAL" if driver.sqlite_version_info >= _WAL_RESET_FIX else "TRUNCATE"


def _prepare_connection(raw: Any, _record: object) -> None:
    cursor = raw.cursor()
    for pragma in (
        f"journal_mode={_journal_mode(sqlite_driver)}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    mode, synchronous, foreign_keys = (
        cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
    )
    cursor.close()
    if (mode.upper(), synchronous, foreign_keys) != (_journal_mode(sqlite_driver), 2, 1):
        message = f"SQLite did not take its settings: {mode}, synchronous={synchronous}, foreign_keys={foreign_keys}"
        raise RuntimeError(message)


def begin_transaction(connection: Connection, statement: str = "BEGIN IMMEDIATE") -> None:
    """Begin SQLite's transaction where SQLAlchemy believes that it has begun one.

    Said to the driver itself: an engine with a listener for "begin" pays for it at every statement.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute(statement)
