"""The three feeds that reporting follows, each into its own projection."""

from collections.abc import Callable
from functools import partial

from reporting_service.projections import journal_projection
from reporting_service.projections.directory_projection import ACCOUNTS_FEED, USERS_FEED, Directory
from shared import services
from shared.database import Database
from shared.discovery import Discovery
from shared.feeds import FeedConsumer
from shared.services import Service

JOURNAL_PAGE = 2000
JOURNAL_POLL_SECONDS = 0.5
DIRECTORY_POLL_SECONDS = 1.0

Token = Callable[[], str]


def feed_consumers(database: Database, discovery: Discovery, token: Token) -> list[FeedConsumer]:
    """The consumers; start each to follow, or pull one page at a time."""
    return [
        _directory(services.AUTH, USERS_FEED, database, discovery, token),
        accounts_consumer(database, discovery, token),
        FeedConsumer(
            services.TRANSACTION,
            "/internal/journal",
            discovery=discovery,
            token=token,
            position=partial(journal_projection.position, database),
            apply=partial(journal_projection.apply, database),
            rewind=partial(journal_projection.rewind, database),
            poll_seconds=JOURNAL_POLL_SECONDS,
            page_size=JOURNAL_PAGE,
            overlap=1,
        ),
    ]


def accounts_consumer(database: Database, discovery: Discovery, token: Token) -> FeedConsumer:
    """One that follows the account service; several may, side by side."""
    return _directory(services.ACCOUNT, ACCOUNTS_FEED, database, discovery, token)


def _directory(source: Service, feed: str, database: Database, discovery: Discovery, token: Token) -> FeedConsumer:
    directory = Directory(database, feed)
    return FeedConsumer(
        source,
        "/internal/events",
        discovery=discovery,
        token=token,
        position=directory.position,
        apply=directory.apply,
        rewind=directory.rewind,
        poll_seconds=DIRECTORY_POLL_SECONDS,
        page_size=500,
    )
