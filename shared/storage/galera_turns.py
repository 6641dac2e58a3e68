"""The table by which writers, and whoever changes tables, take turns on a Galera cluster. Other databases have none."""

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from shared.storage.database_errors import was_undone

TABLE = "cluster_turns"
_COLUMNS = "name VARCHAR(16) PRIMARY KEY, number BIGINT NOT NULL, holder VARCHAR(36) NOT NULL"
_STATEMENTS = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} ({_COLUMNS}) ENGINE = InnoDB",
    f"INSERT IGNORE INTO {TABLE} VALUES ('write', 0, ''), ('migration', 0, '')",  # noqa: S608
    "COMMIT",
)


def make_turns(connection: Connection) -> None:
    """Make the table where there is none. It ends whatever transaction the connection was in."""
    try:
        for statement in _STATEMENTS:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if not was_undone(error):  # by somebody who made it at the same moment
            raise
