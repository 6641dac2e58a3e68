"""PostgreSQL and MariaDB: how they are reached, what they are told, and whose turn it is to write.

A write transaction is alone on its database, as it is on SQLite, so that what is right there is right here: each takes
a lock of the whole database first, in whatever process it runs. It goes with the transaction, or with the connection.
On a Galera cluster there is no such lock, and a row takes its place (`shared.storage.galera`).
"""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import ceil
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError

from shared.refusals import UNAVAILABLE, Refused
from shared.storage import galera
from shared.storage.database_errors import BUSY, has_left_its_cluster, is_busy

DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
EXTRAS = {"postgresql": "postgresql", "mysql": "mariadb", "mariadb": "mariadb"}
"""What `pip install "sandbank[...]"` brings each driver with."""
READER_ISOLATION = "REPEATABLE READ"
_WRITE_TURN, _MIGRATION_TURN = 0x5A4D01, 0x5A4D02
_NO_LIMIT_SECONDS = 365 * 24 * 3600
LONGEST_LOCK_WAIT_SECONDS = 10
"""How long a statement waits for somebody else's lock, of a row or a whole table. The servers' own is for ever, or 50
seconds and a day. A migration waits without limit.
"""

_CONNECT_SECONDS, _CONNECT_TO_ONE_OF_SEVERAL_SECONDS = 10, 3
_FROM_SEVERAL_HOSTS_SECONDS = 300
"""After so long a connection to a cluster is made anew, so that a host that is back has its writers again."""

_DEAD_AFTER_SECONDS = 20
_DEAD_PEER_OPTIONS = {
    "TCP_KEEPIDLE": _DEAD_AFTER_SECONDS // 2,
    "TCP_KEEPINTVL": _DEAD_AFTER_SECONDS // 4,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": _DEAD_AFTER_SECONDS * 1000,
}
"""A server whose machine is gone says nothing for ever: the system's own patience is a quarter of an hour for what was
sent, and two hours for an answer.
"""

OPTIONS: dict[str, Any] = {
    # Writers see what others have committed; readers one snapshot (LEDGER rule 9).
    "isolation_level": "READ COMMITTED",
    "pool_size": 8,
    "max_overflow": 8,
    "pool_timeout": 10,
    "pool_pre_ping": True,
    "hide_parameters": True,
}


def with_driver(url: URL) -> URL:
    """The URL with the driver that comes with Sandbank and how long it tries to connect, where it names none."""
    backend = url.get_backend_name()
    if url.drivername == backend and backend in DRIVERS:
        url = url.set(drivername=f"{backend}+{DRIVERS[backend]}")
    if backend in ("mysql", "mariadb") and "charset" not in url.query:
        url = url.update_query_dict({"charset": "utf8mb4"})
    if backend in DRIVERS and "connect_timeout" not in url.query:
        seconds = _CONNECT_TO_ONE_OF_SEVERAL_SECONDS if has_several_hosts(url) else _CONNECT_SECONDS
        url = url.update_query_dict({"connect_timeout": str(seconds)})
    return url


def has_several_hosts(url: URL) -> bool:
    """Whether it names the servers of a cluster: `?host=one:3306&host=two:3306`."""
    return isinstance(url.query.get("host"), tuple)


def engine_options(url: URL) -> dict[str, Any]:
    """What an engine for this URL is made with."""
    is_of_galera = has_several_hosts(url) and url.get_backend_name() != "postgresql"
    return {**OPTIONS, "pool_recycle": _FROM_SEVERAL_HOSTS_SECONDS} if is_of_galera else OPTIONS


def attend(engine: Engine) -> None:
    """Have each new connection of the engine prepared, and those left that are to a server which can write no more."""
    event.listen(engine, "connect", prepare_connection)
    event.listen(engine, "handle_error", _leave_what_left_its_cluster)
    if engine.dialect.name != "postgresql":
        event.listen(engine, "do_connect", galera.first_that_is_ready)


def _leave_what_left_its_cluster(failed: ExceptionContext) -> None:
    if failed.original_exception is not None and has_left_its_cluster(failed.original_exception):
        failed.is_disconnect = True


def prepare_connection(connection: Any, record: Any) -> None:
    """Let a new connection answer sums as whole numbers, as they are of whole numbers (LEDGER rule 1), and in time.

    Both servers answer them as decimal fractions. One that has a fraction raises ValueError. A server that is gone
    breaks the connection after twenty seconds.
    """
    if hasattr(connection, "adapters"):
        from psycopg.types.numeric import IntLoader  # noqa: PLC0415 (an extra that need not be installed)

        connection.adapters.register_loader("numeric", IntLoader)
        _notice_a_dead_peer(connection.pgconn.socket)
        patience = _postgresql_patience(LONGEST_LOCK_WAIT_SECONDS)
    else:
        from pymysql.constants import FIELD_TYPE  # noqa: PLC0415 (as above)

        connection.decoders[FIELD_TYPE.NEWDECIMAL] = int
        _notice_a_dead_peer(connection._sock.fileno())
        galera.prepare_connection(connection, record)
        patience = _mariadb_patience(LONGEST_LOCK_WAIT_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(patience)
    connection.commit()


def _notice_a_dead_peer(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as connected:
        if connected.family == socket.AF_UNIX:
            return
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _DEAD_PEER_OPTIONS.items():
            if hasattr(socket, name):  # not every system has each
                connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


@contextmanager
def write_transaction(connection: Connection, wait_seconds: float) -> Iterator[None]:
    """One write transaction on this connection, alone on its database; committed when the block ends.

    Raises Refused (503) when others keep it waiting beyond `wait_seconds`.
    """
    if connection.dialect.name == "postgresql":
        with connection.begin():
            _take_turn_on_postgresql(connection, wait_seconds)
            yield
        return
    if galera.is_member(connection):
        with connection.begin():
            galera.take_turn(connection, wait_seconds)
            yield
        return
    with _named_lock(connection, _WRITE_TURN, wait_seconds), connection.begin():
        yield


@contextmanager
def migration_turn(connection: Connection) -> Iterator[None]:
    """Alone in bringing this database to the newest schema, for as long as the block takes."""
    if connection.dialect.name != "postgresql":
        _say(connection, _mariadb_patience(_NO_LIMIT_SECONDS))
        try:
            is_member = galera.is_member(connection)
            with (
                galera.migration_turn(connection)
                if is_member
                else _named_lock(connection, _MIGRATION_TURN, _NO_LIMIT_SECONDS)
            ):
                yield
        finally:
            _say(connection, _mariadb_patience(LONGEST_LOCK_WAIT_SECONDS))
        return
    _say(connection, f"{_postgresql_patience(0)}; SELECT pg_advisory_lock({_MIGRATION_TURN})")
    connection.connection.commit()
    try:
        yield
    finally:
        _say(
            connection,
            f"{_postgresql_patience(LONGEST_LOCK_WAIT_SECONDS)}; SELECT pg_advisory_unlock({_MIGRATION_TURN})",
        )
        connection.connection.commit()


def _postgresql_patience(seconds: int) -> str:
    """The statement that sets how long a connection waits for locks; 0: for ever."""
    return f"SET lock_timeout = '{seconds}s'"


def _mariadb_patience(seconds: int) -> str:
    """The same for MariaDB: of tables, and of rows."""
    return f"SET SESSION lock_wait_timeout = {seconds}, SESSION innodb_lock_wait_timeout = {seconds}"


def _take_turn_on_postgresql(connection: Connection, wait_seconds: float) -> None:
    milliseconds = max(int(wait_seconds * 1000), 1)
    try:
        _say(connection, f"SET LOCAL lock_timeout = {milliseconds}; SELECT pg_advisory_xact_lock({_WRITE_TURN})")
    except Exception as error:
        if is_busy(error):
            raise Refused(UNAVAILABLE, BUSY) from error
        raise


@contextmanager
def _named_lock(connection: Connection, turn: int, wait_seconds: float) -> Iterator[None]:
    """A lock of MariaDB's that belongs to the connection; it is given back after the transaction inside has ended."""
    name = f"concat(database(), ' {turn:x}')"
    answer = _say(connection, f"SELECT get_lock({name}, {ceil(max(wait_seconds, 0))})")
    if answer != 1:
        raise Refused(UNAVAILABLE, BUSY)
    try:
        yield
    finally:
        if not connection.invalidated:
            _give_back(connection, name)


def _give_back(connection: Connection, name: str) -> None:
    """Give a named lock back. Where that fails the connection is closed, and takes the lock with it: in the pool it
    would keep every other writer out. What was committed inside stays so.
    """
    try:
        _say(connection, f"SELECT release_lock({name})")
    except DBAPIError as error:
        connection.invalidate(error)


def _say(connection: Connection, statement: str) -> Any:
    """Run a statement past SQLAlchemy, which would begin a transaction for it; the first column of its first row.

    Raises DBAPIError as SQLAlchemy would; a connection that broke is not used again.
    """
    pooled, dialect = connection.connection, connection.dialect
    with closing(pooled.cursor()) as cursor:
        try:
            cursor.execute(statement)
            while cursor.description is None and cursor.nextset():
                pass
            row = cursor.fetchone() if cursor.description is not None else None
        except dialect.loaded_dbapi.Error as error:
            is_broken = has_left_its_cluster(error) or dialect.is_disconnect(error, pooled, cursor)
            if is_broken:
                connection.invalidate(error)
            raise DBAPIError.instance(
                statement, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_broken, dialect=dialect
            ) from error
    return row[0] if row else None
