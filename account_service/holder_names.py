"""Keeps the holder's name on accounts what auth has it as, from auth's events feed."""

from typing import Any

from flask_sqlalchemy.session import Session

from account_service import repository, serializers
from account_service.lifecycle import settled_status
from account_service.repository import Event
from shared import services
from shared.database import Database
from shared.discovery import Discovery
from shared.feeds import FeedConsumer
from shared.service_tokens import ServiceToken

_FEED = "auth"


def position(database: Database) -> int:
    """How far auth's feed has been taken in."""
    with database.read_session() as session:
        return repository.feed_position(session, _FEED)


def apply(database: Database, rows: list[dict[str, Any]]) -> None:
    """Take in a page of auth's feed: the new names, and the position, in one commit."""
    with database.write_session() as session:
        known = repository.feed_position(session, _FEED)
        for row in rows:
            name = row["data"].get("full_name")
            if row["position"] > known and row["type"] == "user_updated" and name:
                _rename(session, row["data"]["user_id"], name)
        repository.store_feed_position(session, _FEED, max(known, rows[-1]["position"]))


def _rename(session: Session, user_id: str, name: str) -> None:
    """Give a person's accounts their new name; the recoverer tells the ledger."""
    for account in repository.accounts_of_holder(session, user_id):
        if account.holder_name != name:
            account.holder_name = name
            account.terms_version += 1
            if settled_status(account.status) is not None:
                repository.record(session, [Event("account_updated", serializers.facts(account))])


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
