"""SQLite, as LEDGER rule 8 has it: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE for every write."""

import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection
from sqlalchemy.pool import QueuePool

from shared.refusals import UNAVAILABLE, Refused
from shared.storage.database_errors import BUSY, is_busy
from shared.storage.text_search import SQLITE_FUNCTION, fold_or_null

try:
    from pysqlite3 import dbapi2 as sqlite_driver
except ImportError:  # no wheel for this platform: the standard driver serves, see _journal_mode
    sqlite_driver = sqlite3

for _kind in (bytes, type(None)):  # the driver knows them as they are, but looks for another form first: 1 µs a value
    sqlite_driver.register_adapter(_kind, lambda value: value)

BUSY_TIMEOUT_SECONDS = 10.0
_WAL_RESET_FIX = (3, 51, 3)
_POOL_SIZE = 48
_CACHE_KIB = 8000
"""Of each connection; the system caches the file as well. What a transaction writes is kept beyond it, see below."""
_ALL_CACHES_BYTES = 8 * 1024 * 1024
"""Of all connections of a process together: when they hold so much, who wants another page gives up one."""

OPTIONS: dict[str, Any] = {
    "module": sqlite_driver,
    "poolclass": QueuePool,
    "pool_size": _POOL_SIZE,
    "max_overflow": _POOL_SIZE,
    "pool_use_lifo": True,  # in turn, every connection would fill a cache of its own
    "connect_args": {"check_same_thread": False, "timeout": BUSY_TIMEOUT_SECONDS, "isolation_level": None},
    "hide_parameters": True,  # they are names, account numbers and digests, and errors are logged
}


def private_file(url: URL) -> URL:
    """The URL with an absolute path, its file made readable by its owner alone, with those beside it.

    Raises ValueError for a database in memory: a transaction per connection would find it empty.
    """
    if not url.database or url.database == ":memory:":
        message = f"{url} is in memory, and every connection would have one of its own; name a file"
        raise ValueError(message)
    path = Path(url.database).absolute()
    path.touch(mode=0o600)
    for file in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
        if file.exists():
            file.chmod(0o600)
    return url.set(database=str(path))


def prepare_connection(raw: Any, _record: object) -> None:
    """Give a new connection its function and its settings. Raises RuntimeError when SQLite does not take them."""
    raw.create_function(SQLITE_FUNCTION, 1, fold_or_null, deterministic=True)
    cursor = raw.cursor()
    for pragma in (
        f"journal_mode={_journal_mode(sqlite_driver)}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else what REPLACE deletes passes the guards of tables that are append-only
        f"cache_size=-{_CACHE_KIB}",
        "cache_spill=OFF",  # a page that goes into the log before the commit often goes there again
        f"soft_heap_limit={_ALL_CACHES_BYTES}",
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


def begin_transaction(
    connection: Connection, statement: str = "BEGIN IMMEDIATE", *, wait_seconds: float = BUSY_TIMEOUT_SECONDS
) -> None:
    """Begin SQLite's transaction where SQLAlchemy believes that it has begun one.

    Said to the driver itself: an engine with a listener for "begin" pays for it at every statement. Raises Refused
    (503) when another process holds the file for longer than `wait_seconds`.
    """
    driver: Any = connection.connection.driver_connection
    is_hurried = wait_seconds < BUSY_TIMEOUT_SECONDS - 0.5
    if is_hurried:
        driver.execute(f"PRAGMA busy_timeout={max(int(wait_seconds * 1000), 1)}")
    try:
        driver.execute(statement)
    except sqlite_driver.OperationalError as error:
        if is_busy(error):
            raise Refused(UNAVAILABLE, BUSY) from error
        raise
    finally:
        if is_hurried:
            driver.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_SECONDS * 1000)}")


def _journal_mode(driver: ModuleType) -> str:
    """WAL, unless this SQLite has the WAL-reset corruption bug."""
    return "WAL" if driver.sqlite_version_info >= _WAL_RESET_FIX else "TRUNCATE"
