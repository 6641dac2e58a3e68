"""New databases of tests are copies of one that was migrated in earnest, once in a run of the tests.

Making a service's tables step by step takes longer than most tests that need them, and some hundred tests begin with a
new database. Files that hold something, servers' databases and earlier revisions are migrated as a bank does it, and so
is what begins with sealed rows, as each bank seals with a key of its own.
"""

import fcntl
import os
import tempfile
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from shared import migrations, row_seals
from shared.database import Database

FOLDER = "SANDBANK_TESTS_MIGRATED"
"""The variable that names the folder of migrated files, for every process of a run; without it all is in earnest."""
migrate_in_earnest = migrations.migrate


def install() -> None:
    """Let services that are imported from now on migrate by copying."""
    migrations.migrate = migrate


def begin() -> None:
    """Keep migrated files from now on, for this process and all that it starts."""
    os.environ.setdefault(FOLDER, tempfile.mkdtemp(prefix="migrated-"))


def migrate(database: Database, package: str, *, to: str = "head") -> None:
    """What `shared.migrations.migrate` does, without its steps where a copy serves."""
    file, folder = Path(database.engine.url.database or ""), os.environ.get(FOLDER)
    if folder is None or not database.is_sqlite or to != "head":
        migrate_in_earnest(database, package, to=to)
        return
    versions = Path(str(import_module(package).__file__)).parent / "migrations" / "versions"
    newest = max(path.stem for path in versions.glob("[0-9]*.py"))  # somebody may add one while tests run
    migrated = Path(folder) / f"{package}-{newest}.db"
    with migrated.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a service start together
        is_new = file.stat().st_size == 0
        if is_new and migrated.exists():
            file.write_bytes(migrated.read_bytes())
            return
        migrate_in_earnest(database, package)
        if is_new:
            _keep(database, file, migrated)


def _keep(database: Database, file: Path, migrated: Path) -> None:
    """Keep what the migrations have made for those who come next."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        if not _has_seals(connection):
            whole = migrated.with_suffix(".new")
            whole.write_bytes(file.read_bytes())
            whole.rename(migrated)


def _has_seals(connection: Connection) -> bool:
    """Whether rows are sealed."""
    has_table = inspect(connection).has_table(row_seals.NAME)
    return has_table and bool(connection.scalar(text(f"SELECT COUNT(*) FROM {row_seals.NAME}")))
