"""docs/schema.md shows the tables that the models declare, and the models are what the migrations make."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shared.database import Database
from shared.migrations import migrate
from shared.services import BACKENDS, Service
from tests.architecture.schema_map import DOCUMENT, document, metadata_of


def test_the_document_of_tables_is_what_the_models_have() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_the_migrations_make_what_the_models_declare(service: Service, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'service.db'}")
    migrate(database, service.package)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata_of(service)) == []
    database.close()
