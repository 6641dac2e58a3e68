"""The ledger's proof of a database that nobody serves: `python -m transaction_service.offline_proof`, for backups.

One line of JSON on standard output: how many entries there are, and what is wrong with which record.
"""

import sys

from shared import services, settings
from shared.http.json_parsing import render
from shared.storage.database import Database
from shared.storage.migrations import migrate
from transaction_service.history import journal_feed
from transaction_service.ledger.daily_outgoings import count_in_zone
from transaction_service.models import db
from transaction_service.proof.reconciliation import findings


def main() -> None:
    """Prove it; tables of an earlier release are brought to ours first."""
    database = Database.at(settings.database_url(services.TRANSACTION), db)
    migrate(database, "transaction_service")
    count_in_zone(database)
    found = [f"{one.check}: {one.record} {one.detail}" for one in findings(database)]
    with database.read() as connection:
        position = journal_feed.head(connection)
    database.close()
    sys.stdout.write(render({"records": position, "findings": found}) + "\n")


if __name__ == "__main__":
    main()
