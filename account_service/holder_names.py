"""Keeps the holder's name on accounts what auth has it as, from auth's events feed."""

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection

from account_service import repository, serializers
from account_service.lifecycle import settled_status
from account_service.models import feed_positions
from account_service.repository import Event
from shared import services
from shared.database import Database
from shared.discovery import Discovery
from shared.enums import UserEventType
from shared.feeds import FeedConsumer, FeedReader
from shared.service_tokens import ServiceToken


def _rename(session: Session, user_id: str, name: str) -> None:
    """Give a person's accounts their new name; the recoverer tells the ledger."""
    for account in repository.accounts_of_holder(session, user_id):
        if account.holder_name != name:
            account.holder_name = name
            account.terms_version += 1
            if settled_status(account.status) is not None:
                repository.record(session, [Event("account_updated", serializers.facts(account))])


def _keep(_connection: Connection) -> None:
    """A feed that begins anew tells the names again: nothing has to go."""


def consumer(database: Database, discovery: Discovery, token: ServiceToken) -> FeedConsumer:
    """The consumer of auth's feed; start it to keep names fresh."""

    def take_in(connection: Connection, rows: list[dict[str, Any]]) -> None:
        with database.session_on(connection) as session:
            for row in rows:
                name = row["data"].get("full_name")
                if row["type"] == UserEventType.USER_UPDATED and name:
                    _rename(session, row["data"]["user_id"], name)

    reader = FeedReader(database, feed_positions, "auth", derive=take_in, forget=_keep)
    return FeedConsumer(services.AUTH, "/internal/events", reader, discovery=discovery, token=token)
