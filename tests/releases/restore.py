"""Data directories that earlier releases made, as `tests.releases.dump` kept them."""

import lzma
from pathlib import Path

from shared.storage.sqlite import sqlite_driver as sqlite3

RELEASES = Path(__file__).parent
PASSWORD = "a long and quiet afternoon"
"""What everybody in them logs in with."""


def versions() -> list[str]:
    """The releases whose data is kept."""
    return sorted(path.name for path in RELEASES.iterdir() if path.is_dir() and any(path.glob("*.sql.xz")))


def folder_of(version: str) -> Path:
    """Where a release's databases are kept."""
    return RELEASES / version


def script_of(version: str, package: str) -> str:
    """The SQL that makes a service's database as that release left it."""
    return lzma.decompress((folder_of(version) / f"{package}.sql.xz").read_bytes()).decode()


def restore(version: str, data: Path) -> None:
    """Make the databases of that release in this data directory."""
    for kept in folder_of(version).glob("*.sql.xz"):
        package = kept.name.partition(".")[0]
        connection = sqlite3.connect(data / f"{package}.db")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(f"BEGIN;\n{script_of(version, package)}COMMIT;")
        connection.close()
