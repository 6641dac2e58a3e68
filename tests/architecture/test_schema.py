"""docs/schema.md shows the tables that the models declare, which are what the migrations make; seals are kept whole."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shared.services import BACKENDS, TRANSACTION, Service
from shared.storage import row_seals
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests.architecture.schema_map import DOCUMENT, document, metadata_of
from tests.architecture.sources import ROOT, files_of, imported_modules, shown


def test_the_document_of_tables_is_what_the_models_have() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


def test_the_document_of_the_ledger_says_of_each_of_its_tables_what_a_row_is() -> None:
    rows = re.findall(r"^\| (`.+?) \|", (ROOT / "docs" / "ledger.md").read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(metadata_of(TRANSACTION).tables)


@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_the_migrations_make_what_the_models_declare(service: Service, tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'service.db'}")
    row_seals.use_key(database, "a key of tests")
    migrate(database, service.package)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata_of(service)) == []
    database.close()


def test_a_service_that_seals_its_rows_writes_them_by_sessions_alone() -> None:
    """A statement would leave seals of its rows behind; those of `shared/storage/row_seals.py` take them along."""
    sealing = [service for service in BACKENDS if row_seals.NAME in metadata_of(service).tables]
    assert sealing
    writing = {f"sqlalchemy.{verb}" for verb in ("insert", "update", "delete", "text")}
    unsealed = {
        shown(path): sorted(imported_modules(path) & writing)
        for service in sealing
        for path in files_of(service.package)
        if "migrations" not in path.parts
    }
    assert {path: verbs for path, verbs in unsealed.items() if verbs} == {}


@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_the_steps_of_a_schema_stand_in_one_line(service: Service) -> None:
    """Alembic only warns of two steps with one number, and leaves one of them out. A number may be left out."""
    folder = Path(service.package) / "migrations" / "versions"
    steps = [path.read_text() for path in sorted(folder.glob("[0-9]*.py"))]
    found = [re.findall(r'^(?:down_)?revision = (?:"(\d+)"|None)$', step, re.MULTILINE) for step in steps]
    numbers = [own for own, _ in found]
    assert numbers == sorted(set(numbers))
    assert [before for _, before in found] == ["", *numbers[:-1]]
