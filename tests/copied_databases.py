"""New databases of tests are copies of one that was migrated in earnest, once in each process of a run.

Making a service's tables step by step takes longer than most tests that need them, and some hundred tests begin with a
new database. Files that hold something, servers' databases and earlier revisions are migrated as a bank does it, and so
is what begins with sealed rows, as each bank seals with a key of its own.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from shared import migrations, row_seals
from shared.database import Database

migrate_in_earnest = migrations.migrate
_migrated: dict[str, bytes] = {}


def install() -> None:
    """Let services that are imported from now on migrate by copying."""
    migrations.migrate = migrate


def migrate(database: Database, package: str, *, to: str = "head") -> None:
    """What `shared.migrations.migrate` does, without its steps where a copy serves."""
    file = Path(database.engine.url.database or "")
    is_new = database.is_sqlite and to == "head" and file.stat().st_size == 0
    if is_new and package in _migrated:
        file.write_bytes(_migrated[package])
        return
    migrate_in_earnest(database, package, to=to)
    if is_new:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            if not _has_seals(connection):
                _migrated[package] = file.read_bytes()


def _has_seals(connection: Connection) -> bool:
    """Whether rows are sealed."""
    has_table = inspect(connection).has_table(row_seals.NAME)
    return has_table and bool(connection.scalar(text(f"SELECT COUNT(*) FROM {row_seals.NAME}")))
