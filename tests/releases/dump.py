"""Keeps the data directory of a release for the tests of later ones: `python -m tests.releases.dump DATA_DIR VERSION`.

Run it in a checkout of that release, on a copy of the directory of a bank that has stopped. What is secret stays out:
signing keys, sessions' tokens and passwords; everybody gets the password of the tests.
"""

import lzma
import sys
from collections.abc import Iterator
from pathlib import Path

from werkzeug.security import generate_password_hash

from shared.services import BACKENDS
from shared.storage import row_seal_migrations
from shared.storage.database import Database
from tests.password_cost import CHEAP_HASH
from tests.releases.restore import PASSWORD, folder_of, sqlite3

STRIPPED = {
    "auth_service": (
        "DELETE FROM signing_keys",
        "UPDATE refresh_tokens SET digest = lower(hex(randomblob(32)))",
        f"UPDATE users SET password_hash = '{generate_password_hash(PASSWORD, CHEAP_HASH)}'",
    ),
    "simulator_service": (f"UPDATE worlds SET password = '{PASSWORD}'",),
}
SEALED_AGAIN = {"simulator_service": ("worlds",)}
MADE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
SEQUENCE = "sqlite_sequence"


def strip(path: Path, package: str) -> None:
    """Remove what is secret."""
    connection = sqlite3.connect(path)
    for statement in STRIPPED.get(package, ()):
        connection.execute(statement)
    connection.commit()
    connection.close()
    if package in SEALED_AGAIN:
        database = Database.at(f"sqlite:///{path}")
        with database.write() as sealing:
            row_seal_migrations.seal_again(sealing, SEALED_AGAIN[package])
        database.close()


def statements(path: Path) -> Iterator[str]:
    """SQL that makes the same database: tables, rows, and then whatever would refuse rows."""
    connection = sqlite3.connect(path)
    made = connection.execute(MADE).fetchall()
    yield from (sql for kind, _, sql in made if kind == "table")
    names = [name for kind, name, _ in made if kind == "table"]
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [SEQUENCE]).fetchone():
        yield f"DELETE FROM {SEQUENCE}"
        names.append(SEQUENCE)
    for name in names:
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')]
        values = " || ', ' || ".join(f'quote("{column}")' for column in columns)
        for (row,) in connection.execute(f'SELECT {values} FROM "{name}"'):
            yield f'INSERT INTO "{name}" VALUES ({row})'
    yield from (sql for kind, _, sql in made if kind != "table")
    connection.close()


def main(data: Path, version: str) -> None:
    """Write one compressed script for each service."""
    folder = folder_of(version)
    folder.mkdir(parents=True)
    for service in BACKENDS:
        path = data / f"{service.package}.db"
        strip(path, service.package)
        script = "".join(f"{statement};\n" for statement in statements(path))
        (folder / f"{service.package}.sql.xz").write_bytes(lzma.compress(script.encode(), preset=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
