"""Keeps the holder's name on accounts what auth has it as, from auth's events feed."""

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection

from account_service import repository, serializers
from account_service.events import AccountUpdated
from account_service.lifecycle import settled_status
from account_service.models import feed_positions
from shared import services
from shared.enums import UserEventType
from shared.events.event_feed import EventRow, ReadFacts
from shared.events.feeds import FeedConsumer, FeedReader
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.storage.database import Database


class UserFacts(ReadFacts):
    """What we need of auth's `user_updated`."""

    user_id: str
    full_name: str


def _rename(session: Session, user_id: str, name: str) -> None:
    """Give a person's accounts their new name; the recoverer tells the ledger. Who was erased gets none back."""
    if repository.erased_among(session, [user_id]):
        return
    for account in repository.accounts_of_holder(session, user_id):
        if account.holder_name != name:
            account.holder_name = name
            account.terms_version += 1
            if settled_status(account.status) is not None:
                repository.publish(session, [AccountUpdated(**serializers.facts(account))])


def _keep(_connection: Connection) -> None:
    """A feed that begins anew tells the names again: nothing has to go."""


def consumer(database: Database, discovery: Discovery, token: ServiceToken) -> FeedConsumer:
    """The consumer of auth's feed; start it to keep names fresh."""

    def take_in(connection: Connection, rows: list[dict[str, Any]]) -> None:
        with database.session_on(connection) as session:
            for row in map(EventRow.model_validate, rows):
                if row.type == UserEventType.USER_UPDATED:
                    user = UserFacts.model_validate(row.data)
                    _rename(session, user.user_id, user.full_name)

    reader = FeedReader(database, feed_positions, "auth", derive=take_in, forget=_keep)
    return FeedConsumer(services.AUTH, "/internal/events", reader, discovery=discovery, token=token)
