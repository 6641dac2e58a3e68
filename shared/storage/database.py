"""One database per service: SQLite by default, and the column types that work there and on PostgreSQL and MySQL.

A service's `models.py` makes its `db` with `service_models()` and declares its tables on it; `create_app` connects the
two with `Database(db).init_app(app, url)`. Every transaction is then a block of `read()` or `write()`, which give a
connection, or of `read_session()` or `write_session()`, which give Flask-SQLAlchemy's session on such a connection.

There is one writer at a time, whichever database it is. Those of one process queue at a lock, in order, instead of
polling the database's (see `shared.storage.sqlite` and `shared.storage.database_servers`).
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import structlog
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
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

from shared.http.first_act import note_act
from shared.network.http_client import remaining_seconds
from shared.observability.logs import cause_of
from shared.refusals import UNAVAILABLE, Refused
from shared.storage import database_servers, galera, sqlite
from shared.storage.database_errors import BUSY, was_undone
from shared.storage.disk_space import Storage

logger = structlog.get_logger(__name__)

_LONGEST_WAIT_SECONDS = 10.0
_HEALTH_SECONDS = 2.0
_MOST_ATTEMPTS = 5
_PAUSE_SECONDS = 0.005
_MYSQL = ("mysql", "mariadb")
_BYTEWISE = "utf8mb4_nopad_bin"
"""MariaDB's order of texts in which no two are the same but the same bytes; trailing spaces count."""

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit whole number: money in minor units, instants in microseconds, positions."""

LongText = (
    Text().with_variant(Text(collation="C"), "postgresql").with_variant(mysql.LONGTEXT(collation=_BYTEWISE), *_MYSQL)
)


def short_text(length: int) -> String:
    """Text with a length that servers can index; plain TEXT in SQLite's STRICT tables. Compared byte by byte."""
    return (
        String(length)
        .with_variant(Text(), "sqlite")
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, collation=_BYTEWISE), *_MYSQL)
    )


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
    is_clustered: bool
    """Whether it is on several servers that all take writes."""

    before_transaction: list[Callable[[Connection], None]]
    """Called with the connection on which a transaction is about to begin; for those who only look on."""
    after_commit: list[Callable[[], None]]
    """Called, by whoever has written, after each commit. What was committed is committed, whatever one of them raises:
    that goes to the log.
    """

    def __init__(self, db: SQLAlchemy | None = None) -> None:
        self._db = service_models() if db is None else db
        self._write_lock = threading.Lock()
        self._check = _Check(self)
        self._check_lock = threading.Lock()
        self.is_clustered = False  # known from the first write on
        self.before_transaction, self.after_commit = [], []

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
        where = sqlite.private_file(where) if self.is_sqlite else database_servers.with_driver(where)
        app.config["SQLALCHEMY_DATABASE_URI"] = where
        options = sqlite.OPTIONS if self.is_sqlite else database_servers.engine_options(where)
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
        self._db.init_app(app)
        with app.app_context():
            self.engine = self._db.engine
        if self.is_sqlite:
            event.listen(self.engine, "connect", sqlite.prepare_connection)
        else:
            database_servers.attend(self.engine)
        app.extensions["database"] = self
        app.extensions["storage"] = Storage(Path(where.database or "").parent if self.is_sqlite else None)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot; never blocks writers."""
        with self.engine.connect() as connection:
            self._show(connection)
            if not self.is_sqlite:
                connection.execution_options(isolation_level=database_servers.READER_ISOLATION)
            with connection.begin():
                if self.is_sqlite:
                    sqlite.begin_transaction(connection, "BEGIN")
                yield connection

    @contextmanager
    def write(self, *, wait_seconds: float | None = None) -> Iterator[Connection]:
        """One write transaction, alone on this database: committed when the block ends, rolled back when it raises.

        Raises Refused (503) when other writers keep it waiting beyond `wait_seconds`: without it, beyond the request's
        deadline or ten seconds.
        """
        if wait_seconds is None:
            wait_seconds = min(_LONGEST_WAIT_SECONDS, remaining_seconds(_LONGEST_WAIT_SECONDS))
        give_up_at = time.monotonic() + wait_seconds
        if not self._write_lock.acquire(timeout=max(give_up_at - time.monotonic(), 0)):
            raise Refused(UNAVAILABLE, BUSY)
        try:
            if self.is_sqlite:
                with self.engine.connect() as connection, connection.begin():
                    self._show(connection)
                    sqlite.begin_transaction(connection, wait_seconds=give_up_at - time.monotonic())
                    yield connection
            else:
                with self.engine.connect() as connection:
                    self._show(connection)
                    with database_servers.write_transaction(connection, give_up_at - time.monotonic()):
                        self.is_clustered = galera.is_member(connection)
                        yield connection
        finally:
            self._write_lock.release()
        note_act()
        for tell in self.after_commit:
            try:
                tell()
            except Exception as error:  # noqa: BLE001 (else whoever wrote would take it for a commit that failed)
                logger.error("not_told_of_commit", cause=cause_of(error))

    def _show(self, connection: Connection) -> None:
        for look in self.before_transaction:
            look(connection)

    def repeatedly(self, work: Callable[[Connection], Any], *, wait_seconds: float | None = None) -> Any:
        """`write()` around `work(connection)`: what it returned, once that is committed.

        The whole transaction is carried out again, a few times at most, when a server undid it for the sake of another
        (LEDGER rule 9), so `work` changes nothing outside that it does not set anew. It is not begun again once locks
        have been waited for as long as anybody may; on a cluster, where that is all that keeps writers of several
        servers apart, it is until then.
        """
        give_up_at = time.monotonic() + database_servers.LONGEST_LOCK_WAIT_SECONDS
        for attempt in count(1):
            try:
                with self.write(wait_seconds=wait_seconds) as connection:
                    return work(connection)
            except DBAPIError as error:
                is_last = attempt >= _MOST_ATTEMPTS and not self.is_clustered
                if is_last or not was_undone(error) or time.monotonic() >= give_up_at:
                    raise
                logger.info("transaction_repeated", cause=cause_of(error.orig))
            if self.is_clustered:  # or it meets the same writer of another server again
                time.sleep(random.uniform(0, min(attempt, _MOST_ATTEMPTS) * _PAUSE_SECONDS))  # noqa: S311
        raise AssertionError("unreachable: the loop above only ends by returning or raising")

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
        """Whether the database answers within two seconds. A silent one has one thread waiting, however many ask."""
        with self._check_lock:
            if not self._check.is_alive():
                self._check = _Check(self)
                self._check.start()
            check = self._check
        check.join(_HEALTH_SECONDS)
        return check.was_answered

    def close(self) -> None:
        """Give every connection back. On SQLite what is in the write-ahead log goes into the file before."""
        if self.is_sqlite:
            with suppress(OperationalError), self.engine.connect() as connection:  # a reader elsewhere may hold it open
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()


class _Check(threading.Thread):
    """Asks a database for nothing."""

    def __init__(self, database: Database) -> None:
        super().__init__(name="database-check", daemon=True)
        self._database = database
        self.was_answered = False

    def run(self) -> None:
        with suppress(Exception), self._database.read() as connection:  # whatever the driver raises, the answer is no
            connection.execute(text("SELECT 1"))
            self.was_answered = True


def as_dicts(result: Result[Any]) -> list[dict[str, Any]]:
    """Every row by column name, in plain text: over SQLAlchemy's own kind of text JSON is written ten times slower."""
    names = [str(name) for name in result.keys()]  # noqa: SIM118 (no mapping: the names of the columns)
    return [dict(zip(names, row, strict=True)) for row in result]
