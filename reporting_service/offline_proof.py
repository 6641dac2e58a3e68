"""The audit trail of a database that nobody serves, verified: `python -m reporting_service.offline_proof`, for backups.

One line of JSON on standard output: how many records are right, and what is wrong first.
"""

import sys

from reporting_service.audit.set_up import trail_of
from reporting_service.audit.verification import SENTENCES, verify
from reporting_service.models import db
from reporting_service.settings import Settings
from shared.http.json_parsing import render
from shared.storage.database import Database
from shared.storage.migrations import migrate


def main() -> None:
    """Verify it; tables of an earlier release are brought to ours first."""
    settings = Settings.from_environment()
    database = Database.at(settings.database_url, db)
    migrate(database, "reporting_service")
    found = verify(trail_of(database, settings))
    database.close()
    where = "the anchor" if found.position is None else f"position {found.position}"
    wrong = [] if found.fault is None else [f"{where}: {SENTENCES[found.fault]}"]
    sys.stdout.write(render({"records": found.records, "findings": wrong}) + "\n")


if __name__ == "__main__":
    main()
