"""One database per service: SQLite by default, and the column types that work there and on PostgreSQL and MySQL.

A service's `models.py` makes its `db` with `service_models()` and declares its tables on it; `create_app` connects the
two with `Database(db).init_app(app, url)`. Every transaction is then a block of `read()` or `write()`, which give a
connection, or of `read_session()` or `write_session()`, which give Flask-SQLAlchemy's session on such a connection.

SQLite is opened as LEDGER rule 8 says: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE for every write. Writers of
one process queue at a lock, in order, instead of polling SQLite's.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    Result,
    String,
    Text,
    TypeDecorator,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import QueuePool

from shared.http_client import remaining_seconds
from shared.refusals import UNAVAILABLE, Refused
from shared.storage import Storage
from shared.text_search import SQLITE_FUNCTION, fold_or_null

try:
    from pysqlite3 import dbapi2 as sqlite_driver
except ImportError:  # no wheel for this platform: the standard driver serves, see _journal_mode
    sqlite_driver = sqlite3

_WAL_RESET_FIX = (3, 51, 3)
_BUSY_TIMEOUT_SECONDS = 10.0
_POOL_SIZE = 48
_SNAPSHOT = "REPEATABLE READ"
_BUSY = "The bank's storage is busy; try again shortly."

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit whole number: money in minor units, instants in microseconds, positions."""

LongText = Text()


def short_text(length: int) -> String:
    """Text with a length that other databases can index; plain TEXT in SQLite's STRICT tables."""
    return String(length).with_variant(Text(), "sqlite")


IdText = short_text(36)


class Flag(TypeDecorator[bool]):
    """A boolean that is stored as 0 or 1."""

    impl = BigInt
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


class TransactionSession(Session):
    """Flask-SQLAlchemy's session on the connection of one transaction, which alone commits (see `write_session`)."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: Engine | Connection | None = None, **_others: Any
    ) -> Engine | Connection:
        """The transaction's connection. Raises RuntimeError for `db.session`, which has none: it would begin a
        transaction that upgrades from reading to writing, and on SQLite such a one fails under other writers.
        """
        found = bind or self.bind
        if found is None:
            message = "open a transaction with Database.read_session() or write_session(), and use the session it gives"
            raise RuntimeError(message)
        return found


def service_models() -> SQLAlchemy:
    """The `db` of one service: the base of its declarative models, and their metadata. Connects to nothing."""

    class Base(DeclarativeBase):
        """Each service's own, so that no two share their tables."""

        registry = registry(type_annotation_map={int: BigInt, bool: Flag, str: LongText})

    return SQLAlchemy(
        model_class=Base,
        disable_autonaming=True,
        add_models_to_shell=False,
        session_options={
            "class_": TransactionSession,
            "autoflush": False,
            "expire_on_commit": False,
            "join_transaction_mode": "rollback_only",
        },
    )


class Database:
    """A service's database: a Flask extension over its `db`, in use once `init_app` has told it where the data is.

    One `db` may serve several apps of one process, each with a `Database` of its own. None of this needs an app
    context, so it works in background threads too.
    """

    engine: Engine
    is_sqlite: bool

    def __init__(self, db: SQLAlchemy | None = None) -> None:
        self._db = service_models() if db is None else db
        self._write_lock = threading.Lock()

    @classmethod
    def at(cls, url: str | URL, db: SQLAlchemy | None = None) -> "Database":
        """One that belongs to no service's app: for commands and tests."""
        database = cls(db)
        database.init_app(Flask(__name__), url)
        return database

    def init_app(self, app: Flask, url: str | URL) -> None:
        """Connect this app to the database at the URL. A new SQLite file is for its owner's eyes only."""
        where = make_url(url)
        self.is_sqlite = where.get_backend_name() == "sqlite"
        if self.is_sqlite:
            where = _private_file(where)
        app.config["SQLALCHEMY_DATABASE_URI"] = where
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _SQLITE_OPTIONS if self.is_sqlite else _SERVER_OPTIONS
        self._db.init_app(app)
        with app.app_context():
            self.engine = self._db.engine
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_connection)
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level=_SNAPSHOT)
        app.extensions["database"] = self
        app.extensions["storage"] = Storage(Path(where.database or "").parent if self.is_sqlite else None)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot; never blocks writers."""
        with self._reader.begin() as connection:
            if self.is_sqlite:
                begin_transaction(connection, "BEGIN")
            yield connection

    @contextmanager
    def write(self, *, wait_seconds: float | None = None) -> Iterator[Connection]:
        """One write transaction: committed when the block ends, rolled back when it raises.

        Raises Refused (503) when other writers keep it waiting beyond `wait_seconds`: without it, beyond the request's
        deadline or ten seconds.
        """
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        if wait_seconds is None:
            wait_seconds = min(_BUSY_TIMEOUT_SECONDS, remaining_seconds(_BUSY_TIMEOUT_SECONDS))
        give_up_at = time.monotonic() + wait_seconds
        if not self._write_lock.acquire(timeout=max(give_up_at - time.monotonic(), 0)):
            raise Refused(UNAVAILABLE, _BUSY)
        try:
            with self.engine.begin() as connection:
                begin_transaction(connection, wait_seconds=give_up_at - time.monotonic())
                yield connection
        finally:
            self._write_lock.release()

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """`read()`, as a session. What it gives stays readable after the block."""
        with self.read() as connection, self._session(connection) as session:
            yield session
            if session.new or session.dirty or session.deleted:
                message = "objects were changed in read_session(); nothing of it would be stored"
                raise RuntimeError(message)

    @contextmanager
    def write_session(self) -> Iterator[Session]:
        """`write()`, as a session: what was added and changed is flushed and committed when the block ends.

        The session flushes when it is told to, and at the end, never before a query. Its `commit()` does nothing:
        the block commits, once.
        """
        with self.write() as connection, self._session(connection) as session:
            yield session
            session.flush()

    @contextmanager
    def session_on(self, connection: Connection) -> Iterator[Session]:
        """A session on the connection of a transaction that is under way; flushed when the block ends."""
        with self._session(connection) as session:
            yield session
            session.flush()

    @contextmanager
    def _session(self, connection: Connection) -> Iterator[Session]:
        session: Session = self._db.session.session_factory(bind=connection)
        try:
            yield session
        finally:
            session.close()

    def is_healthy(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as connection:
                connection.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 (whatever the driver raises, the answer is no)
            return False
        return True

    def close(self) -> None:
        """Give every connection back. On SQLite what is in the write-ahead log goes into the file before."""
        if self.is_sqlite:
            with suppress(OperationalError), self.engine.connect() as connection:  # a reader elsewhere may hold it open
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()


def as_dicts(result: Result[Any]) -> list[dict[str, Any]]:
    """Every row by column name, in plain text: over SQLAlchemy's own kind of text JSON is written ten times slower."""
    names = [str(name) for name in result.keys()]  # noqa: SIM118 (no mapping: the names of the columns)
    return [dict(zip(names, row, strict=True)) for row in result]


_SERVER_OPTIONS: dict[str, Any] = {
    # Writers see what others have committed, row by row under its lock; readers one snapshot (LEDGER rule 9).
    "isolation_level": "READ COMMITTED",
    "pool_pre_ping": True,
    "hide_parameters": True,
}
_SQLITE_OPTIONS: dict[str, Any] = {
    "module": sqlite_driver,
    "poolclass": QueuePool,
    "pool_size": _POOL_SIZE,
    "max_overflow": _POOL_SIZE,
    "connect_args": {"check_same_thread": False, "timeout": _BUSY_TIMEOUT_SECONDS, "isolation_level": None},
    "hide_parameters": True,  # they are names, account numbers and digests, and errors are logged
}


def _private_file(url: URL) -> URL:
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


def _journal_mode(driver: ModuleType) -> str:
    """WAL, unless this SQLite has the WAL-reset corruption bug."""
    return "WAL" if driver.sqlite_version_info >= _WAL_RESET_FIX else "TRUNCATE"


def _prepare_connection(raw: Any, _record: object) -> None:
    raw.create_function(SQLITE_FUNCTION, 1, fold_or_null, deterministic=True)
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


def begin_transaction(
    connection: Connection, statement: str = "BEGIN IMMEDIATE", *, wait_seconds: float = _BUSY_TIMEOUT_SECONDS
) -> None:
    """Begin SQLite's transaction where SQLAlchemy believes that it has begun one.

    Said to the driver itself: an engine with a listener for "begin" pays for it at every statement. Raises Refused
    (503) when another process holds the file for longer than `wait_seconds`.
    """
    driver: Any = connection.connection.driver_connection
    is_hurried = wait_seconds < _BUSY_TIMEOUT_SECONDS - 0.5
    if is_hurried:
        driver.execute(f"PRAGMA busy_timeout={max(int(wait_seconds * 1000), 1)}")
    try:
        driver.execute(statement)
    except sqlite_driver.OperationalError as error:
        if is_busy(error):
            raise Refused(UNAVAILABLE, _BUSY) from error
        raise
    finally:
        if is_hurried:
            driver.execute(f"PRAGMA busy_timeout={int(_BUSY_TIMEOUT_SECONDS * 1000)}")


def is_busy(error: BaseException) -> bool:
    """Whether this error of a driver says that another writer was in the way for too long."""
    cause = str(error).lower()
    return "locked" in cause or "busy" in cause
