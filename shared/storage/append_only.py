"""Tables that the database itself refuses to change: rows are added, never altered or removed (LEDGER rule 4).

Emptying a development bank is the one exception: inside `unguarded` a transaction may remove rows, and other
transactions may not.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

_CHANGES = ("UPDATE", "DELETE")
_POSTGRESQL_SETTING, _MARIADB_VARIABLE = "sandbank.unguarded", "@sandbank_unguarded"


def guard(connection: Connection, table: str) -> None:
    """Make a table append-only; for a migration."""
    if connection.dialect.name == "postgresql":
        _guard_on_postgresql(connection, table)
        return
    for change in _CHANGES:
        connection.exec_driver_sql(
            _sqlite_trigger(table, change)
            if connection.dialect.name == "sqlite"
            else f"CREATE TRIGGER {_name(table, change)} BEFORE {change} ON {table} FOR EACH ROW "
            f"IF {_MARIADB_VARIABLE} IS NULL THEN SIGNAL SQLSTATE '45000' "
            f"SET MESSAGE_TEXT = '{_refusal(table)}'; END IF"
        )


def unguard(connection: Connection, table: str) -> None:
    """Take the guards off for good; for a migration that drops the table."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP FUNCTION {table}_are_append_only CASCADE")  # and its triggers
        return
    for change in _CHANGES:
        connection.exec_driver_sql(f"DROP TRIGGER {_name(table, change)}")


@contextmanager
def unguarded(connection: Connection, tables: Iterable[str]) -> Iterator[None]:
    """Let this transaction remove rows of these tables, which is whole again when it has committed."""
    names = list(tables)
    match connection.dialect.name:
        case "sqlite":
            for table in names:
                unguard(connection, table)
            yield
            for table in names:
                guard(connection, table)
        case "postgresql":
            connection.execute(text(f"SELECT set_config('{_POSTGRESQL_SETTING}', 'on', true)"))
            yield
            connection.execute(text(f"SELECT set_config('{_POSTGRESQL_SETTING}', '', true)"))
        case _:
            connection.execute(text(f"SET {_MARIADB_VARIABLE} = 1"))
            try:
                yield
            finally:
                _guard_again(connection)


def _guard_again(connection: Connection) -> None:
    """Of MariaDB's connections only: one that cannot be told is not used again."""
    try:
        connection.execute(text(f"SET {_MARIADB_VARIABLE} = NULL"))
    except DBAPIError:
        connection.invalidate()
        raise


def _guard_on_postgresql(connection: Connection, table: str) -> None:
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {table}_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF coalesce(current_setting('{_POSTGRESQL_SETTING}', true), '') <> 'on' THEN "
        f"RAISE EXCEPTION '{_refusal(table)}' USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END $$"
    )
    for change in _CHANGES:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {_name(table, change)} BEFORE {change} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_are_append_only()"
        )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {_name(table, 'TRUNCATE')} BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_are_append_only()"
    )


def _sqlite_trigger(table: str, change: str) -> str:
    return (
        f"CREATE TRIGGER {_name(table, change)} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_refusal(table)}'); END"
    )


def _name(table: str, change: str) -> str:
    return f"{table}_no_{change.lower()}"


def _refusal(table: str) -> str:
    return f"{table} is append-only"
