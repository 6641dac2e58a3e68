"""Schema steps, run at start. Each step is one transaction, so a start that is killed midway is simply run again."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from alembic import context
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from shared.database import Database, begin_transaction


def migrate(database: Database, package: str) -> None:
    """Bring the database to the newest schema in `<package>/migrations`. Safe when several processes start at once."""
    folder = Path(str(import_module(package).__file__)).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with _alone(database):
        environment = EnvironmentContext(
            config,
            scripts,
            fn=lambda revision, _context: scripts._upgrade_revs("head", revision),
        )
        with environment, database.engine.connect() as connection:
            if database.is_sqlite:
                event.listen(connection, "begin", begin_transaction)
            config.attributes["connection"] = connection
            scripts.run_env()


def run_environment() -> None:
    """The body of every service's `migrations/env.py`."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    file = database.engine.url.database
    if not database.is_sqlite or not file or file == ":memory:":
        yield
        return
    with Path(f"{file}.migration-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
