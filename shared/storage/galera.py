"""MariaDB Galera: several servers that are one database, each of which takes writes (docs/adr/0039).

A lock that is taken on one of them, of a row or by name, keeps nobody out on the others. Of two
transactions that changed the same row on different servers the second is undone as it commits (1213), or before. So
every write transaction changes the same row first: on one server its writers queue for it, and of writers on several
the first to commit wins, while the others are undone before anything of theirs is stored.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from shared.refusals import UNAVAILABLE, Refused
from shared.storage.database_errors import BUSY, has_no_table, waited_too_long, was_undone
from shared.storage.galera_lease import Lease
from shared.storage.galera_turns import TABLE, make_turns

NOT_READY = (1047, "this server has no cluster, so nobody may read or write")
_MEMBER = "is_member_of_a_cluster"
_TAKE_TURN = (
    f"SET STATEMENT innodb_lock_wait_timeout = {{seconds}} FOR UPDATE {TABLE} SET number = number + 1 "  # noqa: S608
    "WHERE name = 'write'"
)


def first_that_is_ready(dialect: Any, _record: object, arguments: Any, options: dict[str, Any]) -> Any:
    """A new connection to the first of the URL's hosts that is there and part of its cluster, in their order.

    None, which leaves it to SQLAlchemy, where the URL has one host. Raises the driver's error of the last host.
    """
    places = options.get("host")
    if places is None or isinstance(places, str):
        return None
    failure: Exception | None = None
    for place in places:
        host, _, port = place.rpartition(":") if ":" in place else (place, "", "3306")
        try:
            return _member(dialect, dialect.connect(*arguments, **{**options, "host": host, "port": int(port)}))
        except dialect.loaded_dbapi.Error as error:
            failure = error
    raise failure or ValueError("the URL of the database names no host")


def _member(dialect: Any, connection: Any) -> Any:
    """The connection, if its server is part of a cluster. Raises the driver's error, and closes it, if not.

    Of several servers one that is alone would keep books of its own.
    """
    try:
        with connection.cursor() as cursor:
            if _is_clustered(cursor) and _is_ready(cursor):
                return connection
        raise dialect.loaded_dbapi.OperationalError(*NOT_READY)
    except BaseException:
        connection.close()
        raise


def prepare_connection(connection: Any, record: Any) -> None:
    """Have a new connection to a cluster's server read what was committed on any of them before.

    Raises the driver's OperationalError when the server has lost its cluster.
    """
    with connection.cursor() as cursor:
        record.info[_MEMBER] = _is_clustered(cursor)
        if not record.info[_MEMBER]:
            return
        if not _is_ready(cursor):
            raise connection.OperationalError(*NOT_READY)
        cursor.execute("SET SESSION wsrep_sync_wait = 1")


def is_member(connection: Connection) -> bool:
    """Whether this connection is to a server of a cluster."""
    return bool(connection.info.get(_MEMBER))


def take_turn(connection: Connection, wait_seconds: float) -> None:
    """Begin the transaction with the row that every writer of this database changes.

    Raises Refused (503) when writers at this server keep it waiting beyond `wait_seconds`. Undone here, where nothing
    has been done yet, it is taken again.
    """
    give_up_at = time.monotonic() + wait_seconds
    while True:
        seconds = ceil(max(give_up_at - time.monotonic(), 0))
        try:
            if connection.exec_driver_sql(_TAKE_TURN.format(seconds=seconds)).rowcount == 1:
                return
            make_turns(connection)
        except DBAPIError as error:
            if waited_too_long(error):
                raise Refused(UNAVAILABLE, BUSY) from error
            if has_no_table(error):
                make_turns(connection)
            elif not was_undone(error):
                raise
        if time.monotonic() >= give_up_at:
            raise Refused(UNAVAILABLE, BUSY)


@contextmanager
def migration_turn(connection: Connection) -> Iterator[None]:
    """Alone in changing this database's tables, on whichever server of the cluster, for as long as the block takes.

    Each change of a table commits by itself, so no transaction could hold a lock meanwhile: it is a lease. Where it was
    lost, as nothing of this process came through for long, the next statement raises RuntimeError.
    """
    make_turns(connection)
    lease = Lease(connection.engine)
    lease.take()

    def refuse_without_lease(*_: object) -> None:
        if lease.is_lost:
            raise RuntimeError("another process has taken over the change of this database's tables")

    event.listen(connection, "before_cursor_execute", refuse_without_lease)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", refuse_without_lease)
        lease.give_back()


def _is_clustered(cursor: Any) -> bool:
    cursor.execute("SHOW VARIABLES LIKE 'wsrep_on'")
    return dict(cursor.fetchall()).get("wsrep_on") == "ON"


def _is_ready(cursor: Any) -> bool:
    cursor.execute("SHOW GLOBAL STATUS LIKE 'wsrep_ready'")
    return dict(cursor.fetchall()).get("wsrep_ready") == "ON"
