"""Whether the rows of a database that nobody serves are as written, for backups:
`python -m simulator_service.offline_proof`.

One line of JSON on standard output: how many rows there are, and which are not.
"""

import sys

from shared import services, settings
from shared.http.json_parsing import render
from shared.key_files import older_seal_keys
from shared.storage import row_seals, seal_proof
from shared.storage.database import Database
from shared.storage.migrations import migrate
from simulator_service.models import db, metadata


def main() -> None:
    """Prove them; tables of an earlier release are brought to ours first."""
    service = services.SIMULATOR
    database = Database.at(settings.database_url(service), db)
    row_seals.use_key(database, settings.seal_key(service), older_seal_keys(service))
    migrate(database, "simulator_service")
    proof = seal_proof.proof(database.read, metadata)
    database.close()
    wrong = [f"{one['record']}: {one['detail']}" for one in proof["findings"]]
    sys.stdout.write(render({"records": proof["rows"], "findings": wrong}) + "\n")


if __name__ == "__main__":
    main()
