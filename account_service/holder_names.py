"""Keeps the holder's name on accounts what auth has it as, from auth's events feed."""

from typing import Any

from account_service import repository, serializers
from account_service.repository import Event
from shared import services
from shared.database import Database
from shared.discovery import Discovery
from shared.feeds import FeedConsumer
from shared.service_tokens import ServiceToken

_FEED = "auth"


def position(database: Database) -> int:
    """How far auth's feed has been taken in."""
    with database.read() as connection:
        return repository.feed_position(connection, _FEED)


def apply(database: Database, rows: list[dict[str, Any]]) -> None:
    """Take in a page of auth's feed: the new names, and the position, in one commit."""
    with database.write() as connection:
        known = repository.feed_position(connection, _FEED)
        for row in rows:
            name = row["data"].get("full_name")
            if row["position"] > known and row["type"] == "user_updated" and name:
                changed = repository.rename_holder(connection, row["data"]["user_id"], name)
                repository.record(
                    connection, [Event("account_updated", serializers.facts(account)) for account in changed]
                )
        repository.store_feed_position(connection, _FEED, max(known, rows[-1]["position"]))


def consumer(database: Database, discovery: Discovery, token: ServiceToken) -> FeedConsumer:
    """The consumer of auth's feed; start it to keep names fresh."""
    return FeedConsumer(
        services.AUTH,
        "/internal/events",
        discovery=discovery,
        token=token,
        position=lambda: position(database),
        apply=lambda rows: apply(database, rows),
    )
