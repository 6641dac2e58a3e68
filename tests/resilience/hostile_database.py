"""What can be done to a ledger's database on a server, by people and by the server itself, while the ledger works."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from shared.storage.database_servers import with_driver
from tests import databases

_FAILING = {
    "postgresql": (
        """CREATE FUNCTION fail_now_and_then() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF random() < {share} THEN
        RAISE EXCEPTION 'could not serialize' USING ERRCODE = 'serialization_failure'; END IF; RETURN NULL; END $$""",
        "CREATE TRIGGER amid AFTER UPDATE ON ledger_state FOR EACH ROW EXECUTE FUNCTION fail_now_and_then()",
        """CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON ledger_state DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION fail_now_and_then()""",
    ),
    "mariadb": (
        """CREATE TRIGGER amid AFTER UPDATE ON ledger_state FOR EACH ROW BEGIN IF rand() < {share} THEN
        SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'; END IF; END""",
    ),
}
_RUNNING = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'",
    "mariadb": "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}
_KILL = {"postgresql": "SELECT pg_terminate_backend({id})", "mariadb": "KILL {id}"}
_ACCOUNT = "UPDATE accounts SET status_reason = 'looked into' WHERE {key} = :key"


@contextmanager
def outsider(path: Path, *, autocommit: bool = False) -> Iterator[Connection]:
    """Somebody who works in the database of this ledger past the bank."""
    isolation = "AUTOCOMMIT" if autocommit else "READ COMMITTED"
    engine = create_engine(with_driver(make_url(databases.url_of(path))), isolation_level=isolation)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def serializable_by_default(path: Path) -> Iterator[None]:
    """Who says nothing else gets SERIALIZABLE here while the block lasts; PostgreSQL looks for deadlocks early."""
    with outsider(path, autocommit=True) as connection:
        if connection.dialect.name == "postgresql":
            name = connection.engine.url.database
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_isolation = serializable')
            connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET deadlock_timeout = '20ms'")
            yield
            return
        connection.exec_driver_sql("SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        try:
            yield
        finally:
            connection.exec_driver_sql("SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def customers(connection: Connection) -> list[int]:
    """The keys of their accounts."""
    key = connection.dialect.identifier_preparer.quote("key")
    return list(connection.exec_driver_sql(f"SELECT {key} FROM accounts WHERE owner_id IS NOT NULL").scalars())


def lock(connection: Connection, account_key: int) -> None:
    """Have an account's row until the transaction ends."""
    key = connection.dialect.identifier_preparer.quote("key")
    connection.execute(text(_ACCOUNT.format(key=key)), {"key": account_key})


@contextmanager
def meanwhile(path: Path, do: Callable[[Connection, random.Random], object], *, hands: int = 1) -> Iterator[None]:
    """Again and again while the block lasts; what the server undoes is left undone."""
    enough = threading.Event()

    def work(seed: int) -> None:
        while not enough.is_set():
            with suppress(DBAPIError), outsider(path) as connection:  # another hand may have killed this one
                while not enough.is_set():
                    try:
                        do(connection, random.Random(seed + time.monotonic_ns()))
                        connection.commit()
                    except DBAPIError:
                        connection.rollback()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(hands)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def lock_across(connection: Connection, chance: random.Random) -> None:
    """Several accounts in an order that is nobody's, each for a moment."""
    for account_key in chance.sample(customers(connection), 4):
        lock(connection, account_key)
        time.sleep(chance.random() * 0.02)


def kill_a_connection(connection: Connection, chance: random.Random) -> None:
    """One that is there, whatever it does."""
    time.sleep(chance.random() * 0.1)
    kind = connection.dialect.name if connection.dialect.name == "postgresql" else "mariadb"
    found = list(connection.exec_driver_sql(_RUNNING[kind]).scalars())
    if found:
        connection.exec_driver_sql(_KILL[kind].format(id=chance.choice(found)))


def fail_now_and_then(path: Path, share: float) -> None:
    """From now on the server itself undoes this share of the ledger's transactions, PostgreSQL also as they commit."""
    with outsider(path, autocommit=True) as connection:
        for statement in _FAILING["postgresql" if connection.dialect.name == "postgresql" else "mariadb"]:
            connection.exec_driver_sql(statement.format(share=share))
