"""The three feeds that reporting follows, each into its own projection."""

from collections.abc import Callable

from reporting_service.projections import directory_projection, journal_projection
from reporting_service.projections.directory_projection import ACCOUNTS_FEED, USERS_FEED
from shared import services
from shared.events.feeds import FeedConsumer
from shared.network.discovery import Discovery
from shared.services import Service
from shared.storage.database import Database

JOURNAL_PAGE = 2000
JOURNAL_POLL_SECONDS = 0.5
DIRECTORY_POLL_SECONDS = 1.0

Token = Callable[[], str]


def feed_consumers(database: Database, discovery: Discovery, token: Token) -> dict[str, FeedConsumer]:
    """The consumers by feed; start each to follow, or pull one page at a time."""
    return {
        USERS_FEED: _directory(services.AUTH, USERS_FEED, database, discovery, token),
        ACCOUNTS_FEED: _directory(services.ACCOUNT, ACCOUNTS_FEED, database, discovery, token),
        journal_projection.FEED: FeedConsumer(
            services.TRANSACTION,
            "/internal/journal",
            journal_projection.reader(database),
            discovery=discovery,
            token=token,
            poll_seconds=JOURNAL_POLL_SECONDS,
            page_size=JOURNAL_PAGE,
        ),
    }


def _directory(source: Service, feed: str, database: Database, discovery: Discovery, token: Token) -> FeedConsumer:
    return FeedConsumer(
        source,
        "/internal/events",
        directory_projection.reader(database, feed),
        discovery=discovery,
        token=token,
        poll_seconds=DIRECTORY_POLL_SECONDS,
        page_size=500,
    )
