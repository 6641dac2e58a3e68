"""The three feeds that reporting follows, each into its own projection."""

from collections.abc import Callable
from functools import partial

from reporting_service import journal_projection
from reporting_service.register_projections import ACCOUNTS_FEED, USERS_FEED, Register
from shared import services
from shared.database import Database
from shared.discovery import Discovery
from shared.feeds import FeedConsumer
from shared.services import Service

JOURNAL_PAGE = 2000
JOURNAL_POLL_SECONDS = 0.5
REGISTER_POLL_SECONDS = 1.0

Token = Callable[[], str]


def consumers(database: Database, discovery: Discovery, token: Token) -> list[FeedConsumer]:
    """The consumers; start each to follow, or pull one page at a time."""
    return [
        _register(services.AUTH, USERS_FEED, database, discovery, token),
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
    return _register(services.ACCOUNT, ACCOUNTS_FEED, database, discovery, token)


def _register(source: Service, feed: str, database: Database, discovery: Discovery, token: Token) -> FeedConsumer:
    register = Register(database, feed)
    return FeedConsumer(
        source,
        "/internal/events",
        discovery=discovery,
        token=token,
        position=register.position,
        apply=register.apply,
        rewind=register.rewind,
        poll_seconds=REGISTER_POLL_SECONDS,
        page_size=500,
    )


def catch_up(consumer: FeedConsumer) -> None:
    """Pull until the feed has no more. Raises Refused when its service is away."""
    consumer.pull()
    while consumer.lag > 0:
        consumer.pull()
