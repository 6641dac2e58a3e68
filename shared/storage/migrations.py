"""Schema steps, run at start. Each step is one transaction, so a start that is killed midway is simply run again.

MariaDB commits each change of a table by itself. There an installation that was broken off is begun anew, from an empty
database; a step that was broken off on a database with a bank in it refuses to start (see `_whole_or_refused`).
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import structlog
from alembic import context
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from shared.network.addresses import MissingSettingError
from shared.observability.logs import cause_of
from shared.storage.database import Database
from shared.storage.database_errors import is_away
from shared.storage.database_servers import migration_turn
from shared.storage.galera_turns import TABLE as TURNS
from shared.storage.sqlite import begin_transaction

logger = structlog.get_logger(__name__)

_UNDER_WAY = "migration_under_way"
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 1.0


def migrate(database: Database, package: str, *, to: str = "head") -> None:
    """Bring the database to the newest schema in `<package>/migrations`. Safe when several processes start at once.

    A server that is still starting is waited for. Raises MissingSettingError with a sentence for an operator when it
    does not come, does not let us in, or holds what a service cannot begin with. A test may stop at an
    earlier revision, to make what an earlier release has left.
    """
    config = _config(package)
    scripts = ScriptDirectory.from_config(config)
    with _alone(database) as connection:
        environment = EnvironmentContext(
            config,
            scripts,
            fn=lambda revision, _context: scripts._upgrade_revs(to, revision),
        )
        if database.is_sqlite:
            event.listen(connection, "begin", begin_transaction)
        config.attributes["connection"] = connection
        with environment, _whole_or_refused(connection, str(scripts.get_current_head())):
            scripts.run_env()


def knows_revision(package: str, revision: str) -> bool:
    """Whether a service's tables can be brought from this revision to ours: one of a newer release is none of ours."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_config(package)).walk_revisions())


def _config(package: str) -> Config:
    folder = Path(str(import_module(package).__file__)).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def run_environment() -> None:
    """The body of every service's `migrations/env.py`."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A connection, while no other process migrates this database."""
    if not database.is_sqlite:
        with _connected(database) as connection, migration_turn(connection):
            yield connection
        return
    with Path(f"{database.engine.url.database}.migration-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with database.engine.connect() as connection:
            yield connection


def _connected(database: Database) -> Connection:
    """A connection to the database's server, which may still be starting. MySQL itself is refused: it lacks the
    collation of the tables' texts (shared.storage.database).
    """
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    where = database.engine.url.render_as_string(hide_password=True)
    not_mariadb = f"the database {where} is MySQL, which cannot hold the bank's tables; MariaDB can"
    while True:
        try:
            connection = database.engine.connect()
            if connection.dialect.name == "postgresql" or getattr(connection.dialect, "is_mariadb", False):
                return connection
            connection.close()
            raise MissingSettingError(not_mariadb)
        except InvalidRequestError:  # SQLAlchemy's own, of a URL that says mariadb
            raise MissingSettingError(not_mariadb) from None
        except DBAPIError as error:
            if not is_away(error):
                message = f"the database {where} does not let us in: {error.orig}"
                raise MissingSettingError(message) from None
            if time.monotonic() >= give_up_at:
                message = f"the database {where} could not be reached for {_PATIENCE_SECONDS:.0f} seconds: {error.orig}"
                raise MissingSettingError(message) from None
            logger.warning("database_away", url=where, cause=cause_of(error.orig))
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def _whole_or_refused(connection: Connection, newest: str) -> Iterator[None]:
    """On MariaDB and MySQL: notice when steps were broken off, as nothing there undoes them.

    A note of its own table says from which revision they began. What is found from an installation is dropped, so that
    it begins anew; with a bank in the database that nobody may do but an operator, from a backup.
    """
    if connection.dialect.name not in ("mysql", "mariadb"):
        yield
        return
    found = set(inspect(connection).get_table_names()) - {TURNS}
    revision = MigrationContext.configure(connection).get_current_revision()
    begun_at = None
    if _UNDER_WAY in found:
        begun_at = connection.execute(text(f"SELECT revision FROM {_UNDER_WAY}")).scalar_one_or_none()  # noqa: S608
    connection.rollback()
    if begun_at:
        message = (
            f"a change of the tables was broken off (from revision {begun_at}), and this database cannot undo it; "
            "restore its backup and start again"
        )
        raise MissingSettingError(message)
    if _UNDER_WAY in found:
        _drop_all(connection, found)
    elif revision is None and found:
        message = f"the database holds {sorted(found)[0]} and other tables; give the service an empty one of its own"
        raise MissingSettingError(message)
    if revision == newest:
        yield
        return
    connection.exec_driver_sql(f"CREATE TABLE {_UNDER_WAY} (revision VARCHAR(32) PRIMARY KEY)")
    if revision is not None:
        connection.execute(text(f"INSERT INTO {_UNDER_WAY} VALUES (:revision)"), {"revision": revision})  # noqa: S608
    connection.commit()
    try:
        yield
    except MissingSettingError:  # a step that refuses what it finds has changed nothing
        connection.rollback()
        _forget_note(connection)
        raise
    _forget_note(connection)


def _forget_note(connection: Connection) -> None:
    connection.exec_driver_sql(f"DROP TABLE {_UNDER_WAY}")
    connection.commit()


def _drop_all(connection: Connection, tables: set[str]) -> None:
    """Empty the database; the note goes last, so that being broken off here is noticed too."""
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
    for table in sorted(tables, key=lambda name: name == _UNDER_WAY):
        connection.exec_driver_sql(f"DROP TABLE `{table}`")
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 1")
    connection.commit()
