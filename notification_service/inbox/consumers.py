"""From the feeds to the inbox: one page of a feed, what it gives rise to, and its position, in one commit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from notification_service.inbox import repository, rules
from notification_service.inbox.repository import Progress
from notification_service.inbox.rules import NewNotification
from shared import clock, services
from shared.clock import MICROSECONDS
from shared.database import Database
from shared.discovery import Discovery
from shared.feeds import FeedConsumer
from shared.service_tokens import ServiceToken
from shared.services import Service

BANK_RESET = "bank_reset"
"""The account service's word for having been emptied."""
KEPT_DAYS = 90
"""Older movements, such as the history a simulated world begins with, are told to nobody."""

_SOURCES: dict[str, tuple[Service, str, int]] = {
    "journal": (services.TRANSACTION, "/internal/journal", 2000),
    "accounts": (services.ACCOUNT, "/internal/events", 1000),
    "users": (services.AUTH, "/internal/events", 1000),
}
FEEDS = tuple(_SOURCES)

Rows = list[dict[str, Any]]


class InboxConsumer:
    """One feed's way into the inbox. Of several processes with the same feed, each row takes effect in one."""

    def __init__(self, database: Database, feed: str, *, large_payment: str) -> None:
        self._database = database
        self._feed = feed
        self._large_payment = large_payment
        self._generation = 0
        self._derive: Callable[[Connection, Rows, Progress], list[NewNotification]] = {
            "journal": self._from_journal,
            "accounts": self._from_accounts,
            "users": self._from_users,
        }[feed]

    def position(self) -> int:
        """How far the feed has been taken in."""
        with self._database.read() as connection:
            found = repository.progress(connection, self._feed)
        self._generation = found.generation
        return found.position

    def apply(self, rows: Rows) -> None:
        """Take in a page that follows `position()`. Does nothing with rows taken in already, nor after a reset."""
        with self._database.write() as connection:
            known = repository.progress(connection, self._feed)
            fresh = [row for row in rows if row["position"] > known.position]
            if not fresh or known.generation != self._generation:
                return
            repository.add(connection, self._derive(connection, fresh, known))
            repository.store_position(connection, self._feed, fresh[-1]["position"])

    def rewind(self) -> None:
        """The feed has begun anew: so does what came of it."""
        with self._database.write() as connection:
            repository.drop(connection, rules.TYPES_OF_FEED[self._feed])
            repository.store_position(connection, self._feed, 0)
            if self._feed == "journal":
                repository.store_clock(connection, 0)
            if self._feed == "accounts":
                repository.forget_accounts(connection)

    def feed_consumer(self, discovery: Discovery, token: ServiceToken) -> FeedConsumer:
        """What pulls the feed; start it."""
        source, path, page_size = _SOURCES[self._feed]
        return FeedConsumer(
            source,
            path,
            discovery=discovery,
            token=token,
            position=self.position,
            apply=self.apply,
            rewind=self.rewind,
            page_size=page_size,
        )

    def _from_journal(self, connection: Connection, rows: Rows, known: Progress) -> list[NewNotification]:
        ahead_us = max(known.clock_ahead_us, *(row["effective_at_us"] - row["booked_at_us"] for row in rows))
        if ahead_us != known.clock_ahead_us:
            repository.store_clock(connection, ahead_us)
        since = clock.now_us() + ahead_us - KEPT_DAYS * 86_400 * MICROSECONDS
        recent = [row for row in rows if row["effective_at_us"] >= since]
        return [notification for row in recent for notification in rules.of_entry(row, self._is_large)]

    def _from_accounts(self, connection: Connection, rows: Rows, known: Progress) -> list[NewNotification]:
        resets = [number for number, row in enumerate(rows, start=1) if row["type"] == BANK_RESET]
        if resets:
            repository.forget_accounts(connection)
            repository.drop(connection, rules.TYPES_OF_FEED[self._feed])
            rows = rows[resets[-1] :]
        repository.know_accounts(connection, [row["data"] for row in rows if "account_id" in row["data"]])
        ahead_us = known.clock_ahead_us
        return [found for row in rows for found in rules.of_account_event(row, _bank_time(row, ahead_us))]

    def _from_users(self, _connection: Connection, rows: Rows, known: Progress) -> list[NewNotification]:
        ahead_us = known.clock_ahead_us
        return [found for row in rows for found in rules.of_user_event(row, _bank_time(row, ahead_us))]

    def _is_large(self, amount_minor: int, currency: str) -> bool:
        return amount_minor >= rules.large_minor(self._large_payment, currency)


def _bank_time(row: dict[str, Any], clock_ahead_us: int) -> int:
    """When an event that its service dated in real time happened in the bank's time."""
    return clock.from_datetime(datetime.fromisoformat(row["occurred_at"])) + clock_ahead_us
