"""Whether the sealed rows of a service's database that nobody serves are as written, for backups."""

import sys

from flask_sqlalchemy import SQLAlchemy

from shared import settings
from shared.http.json_parsing import render
from shared.key_files import older_seal_keys
from shared.services import Service
from shared.storage import row_seals, seal_proof
from shared.storage.database import Database
from shared.storage.migrations import migrate


def main(service: Service, db: SQLAlchemy) -> None:
    """Print a line of JSON: how many rows there are, and which are not. Tables of an earlier release become ours."""
    database = Database.at(settings.database_url(service), db)
    row_seals.use_key(database, settings.seal_key(service), older_seal_keys(service))
    migrate(database, service.package)
    proof = seal_proof.proof(database.read, db.metadata)
    database.close()
    wrong = [f"{one['record']}: {one['detail']}" for one in proof["findings"]]
    sys.stdout.write(render({"records": proof["rows"], "findings": wrong}) + "\n")
