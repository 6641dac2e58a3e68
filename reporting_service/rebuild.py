"""Derives every projection again from the beginning of its feed: `python -m reporting_service.rebuild`.

The bank may be running: the service then sees the projections grow anew, and says so in `as_of_position`. Stored
reports stay as they are.
"""

import sys
import time
from collections.abc import Mapping

from reporting_service.projections import consumers, directory_projection, journal_projection
from reporting_service.projections.directory_projection import ACCOUNTS_FEED, USERS_FEED
from reporting_service.settings import Settings
from shared import services
from shared.events.feeds import FeedConsumer
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.refusals import Refused
from shared.storage.database import Database
from shared.storage.migrations import migrate


def rebuild(database: Database, feeds: Mapping[str, FeedConsumer]) -> None:
    """Drop and derive again. Raises Refused when a service is away: run it again then."""
    with database.write() as connection:
        journal_projection.drop(connection)
        for feed in (USERS_FEED, ACCOUNTS_FEED):
            directory_projection.drop(connection, feed)
        for consumer in feeds.values():
            consumer.reader.go_back(connection)
    for consumer in feeds.values():
        consumer.catch_up()


def main() -> int:
    """The exit code: 1 when a service is away."""
    database = Database.at(Settings.from_environment().database_url)
    migrate(database, "reporting_service")
    discovery = Discovery()
    began = time.monotonic()
    try:
        rebuild(database, consumers.feed_consumers(database, discovery, ServiceToken(services.REPORTING, discovery)))
    except Refused as refused:
        sys.stderr.write(f"not rebuilt: {refused}\n")
        return 1
    reached = journal_projection.position(database)
    sys.stdout.write(f"derived again up to journal position {reached} in {time.monotonic() - began:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
