"""The data directory of a bank in which nothing has happened yet, made without starting it."""

from pathlib import Path

import pytest

from shared import settings
from shared.services import BACKENDS, NOTIFICATION, SIMULATOR
from shared.storage import row_seals
from shared.storage.database import Database
from shared.storage.migrations import migrate


def new_empty_bank(data: Path) -> Path:
    """Every service's database with its tables, and the secrets that they are sealed with."""
    data.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BANK_DATA_DIR", str(data))
        for service in BACKENDS:
            database = Database.at(settings.database_url(service))
            if service in (SIMULATOR, NOTIFICATION):
                row_seals.use_key(database, settings.seal_key(service))
            migrate(database, service.package)
            database.close()
        settings.secret("REPORTING_AUDIT_KEY")
    (data / "credentials.json").write_text("{}")
    return data
