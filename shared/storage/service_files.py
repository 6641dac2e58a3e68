"""Where a service keeps the small files that all its processes share."""

from pathlib import Path

from flask import Flask

from shared import settings
from shared.services import Service


def beside_database(app: Flask, service: Service, suffix: str) -> Path:
    """Beside the service's SQLite file; for a database on a server, in the data directory."""
    database = app.extensions.get("database")
    if database is not None and database.is_sqlite:
        return Path(str(database.engine.url.database)).with_suffix(suffix)
    return settings.data_dir() / f"{service.package}{suffix}"
