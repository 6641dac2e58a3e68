"""New databases of tests are copies of one that was migrated in earnest, once in a run of the tests.

Making a service's tables step by step takes longer than most tests that need them, and some thousand tests begin with a
new database. On a server the copy is the script of the server's own dump. Databases that hold something and earlier
revisions are migrated as a bank does it. Rows that are sealed from the start are sealed again in a copy, as each bank
does it with a key of its own.
"""

import fcntl
import os
import tempfile
from importlib import import_module
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from shared.storage import migrations, row_seal_migrations, row_seals
from shared.storage.database import Database
from tests import database_dumps

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
    """What `shared.storage.migrations.migrate` does, without its steps where a copy serves."""
    folder = os.environ.get(FOLDER)
    if folder is None or to != "head":
        migrate_in_earnest(database, package, to=to)
        return
    versions = Path(str(import_module(package).__file__)).parent / "migrations" / "versions"
    newest = max(path.stem for path in versions.glob("[0-9]*.py"))  # somebody may add one while tests run
    migrated = Path(folder) / f"{package}-{newest}.{database.engine.dialect.name}"
    with migrated.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a service start together
        is_new = _is_new(database)
        if is_new and migrated.exists():
            _copy(migrated, database)
            return
        migrate_in_earnest(database, package)
        if is_new:
            whole = migrated.with_suffix(".new")
            _write(database, whole)
            whole.rename(migrated)


def _is_new(database: Database) -> bool:
    """Whether it holds nothing; of one that does not answer only the migration in earnest says what is wrong."""
    if database.is_sqlite:
        return _file_of(database).stat().st_size == 0
    try:
        with database.engine.connect() as connection:
            return not inspect(connection).get_table_names()
    except SQLAlchemyError:
        return False


def _copy(migrated: Path, database: Database) -> None:
    if database.is_sqlite:
        _file_of(database).write_bytes(migrated.read_bytes())
    else:
        database_dumps.load(database.engine.url, migrated)
    _seal_again(database)


def _write(database: Database, whole: Path) -> None:
    """Keep what the migrations have made for those who come next."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        whole.write_bytes(_file_of(database).read_bytes())
    else:
        database_dumps.dump(database.engine.url, whole)


def _file_of(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def _seal_again(database: Database) -> None:
    with database.write() as connection:
        if inspect(connection).has_table(row_seals.NAME):
            names = connection.scalars(text(f"SELECT DISTINCT table_name FROM {row_seals.NAME}")).all()
            row_seal_migrations.seal_again(connection, names)
