"""The databases that tests begin with are those that a bank begins with."""

import re
from collections.abc import Callable
from importlib import import_module
from itertools import groupby
from pathlib import Path

import pytest

from shared.services import BACKENDS, Service
from shared.storage import row_seals
from shared.storage.database import Database
from tests import database_dumps, databases
from tests.copied_databases import migrate, migrate_in_earnest

CAST = re.compile(r"::(text|character varying)(\[\])?|[()]")
"""PostgreSQL writes a condition with other casts each time it reads it."""


def made_by(how: Callable[[Database, str], None], file: Path, service: Service, key: str = "ours") -> list[object]:
    """All that the new file holds, and how its journal is kept."""
    database = Database.at(f"sqlite:///{file}")
    row_seals.use_key(database, key)
    how(database, service.package)
    with database.engine.connect() as connection:
        schema = connection.exec_driver_sql("SELECT name, type, sql FROM sqlite_master ORDER BY name").all()
        tables = [name for name, kind, _ in schema if kind == "table"]
        rows = [(name, connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in tables]
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    database.close()
    return [*schema, *rows, journal]


@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_a_copy_is_what_the_migrations_make(service: Service, tmp_path: Path) -> None:
    expected = made_by(migrate_in_earnest, tmp_path / "in-earnest.db", service)
    assert len(expected) > 5
    assert made_by(migrate, tmp_path / "first.db", service, "another's") is not None
    assert made_by(migrate, tmp_path / "copy.db", service) == expected


def dumped_by(how: Callable[[Database, str], None], file: Path, service: Service) -> str:
    """All that the new database of a server holds, as its own program tells it; rows of a table in any order."""
    database = Database.at(databases.url_of(file))
    row_seals.use_key(database, "a key of tests")
    how(database, service.package)
    database_dumps.dump(database.engine.url, file)
    database.close()
    lines = CAST.sub("", file.read_text()).splitlines()
    runs = groupby(lines, key=lambda line: line.startswith("INSERT INTO"))
    return "\n".join(line for are_rows, run in runs for line in (sorted(run) if are_rows else run))


@pytest.mark.every_server
@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_a_copy_on_a_server_is_what_the_migrations_make(service: Service, tmp_path: Path) -> None:
    expected = dumped_by(migrate_in_earnest, tmp_path / "in-earnest.db", service)
    assert expected.count("CREATE TABLE") > 3
    assert dumped_by(migrate, tmp_path / "first.db", service) == expected
    assert dumped_by(migrate, tmp_path / "copy.db", service) == expected


@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_the_apps_of_tests_begin_with_copies(service: Service) -> None:
    assert import_module(f"{service.package}.app").migrate is migrate
