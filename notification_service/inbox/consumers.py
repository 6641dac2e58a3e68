"""From the feeds to the inbox: one page of a feed, what it gives rise to, and its position, in one commit."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from notification_service.inbox import repository, rules
from notification_service.inbox.source_events import AccountFacts, JournalEntry
from notification_service.models import feed_positions
from shared import clock, services
from shared.clock import MICROSECONDS
from shared.database import Database
from shared.discovery import Discovery
from shared.enums import AccountEventType
from shared.event_feed import EventRow
from shared.feeds import FeedConsumer, FeedReader
from shared.service_tokens import ServiceToken
from shared.services import Service

JOURNAL, ACCOUNTS, USERS = "journal", "accounts", "users"
KEPT_DAYS = 90
"""Older movements, such as the history a simulated world begins with, are told to nobody."""

_SOURCES: dict[str, tuple[Service, str, int]] = {
    JOURNAL: (services.TRANSACTION, "/internal/journal", 2000),
    ACCOUNTS: (services.ACCOUNT, "/internal/events", 1000),
    USERS: (services.AUTH, "/internal/events", 1000),
}
FEEDS = tuple(_SOURCES)
TOLD_OF_ACCOUNTS = frozenset(AccountEventType) - {AccountEventType.BANK_RESET}

Rows = list[dict[str, Any]]


class InboxConsumer:
    """One feed's way into the inbox."""

    def __init__(self, database: Database, feed: str, *, large_payment: str) -> None:
        self._feed = feed
        self._large_payment = large_payment
        derive: Callable[[Connection, Rows], None] = {
            JOURNAL: self._from_journal,
            ACCOUNTS: self._from_accounts,
            USERS: self._from_users,
        }[feed]
        mark = "hash" if feed == JOURNAL else "id"
        self.reader = FeedReader(database, feed_positions, feed, derive=derive, forget=self._forget, mark=mark)

    def feed_consumer(self, discovery: Discovery, token: ServiceToken) -> FeedConsumer:
        """What pulls the feed; start it."""
        source, path, page_size = _SOURCES[self._feed]
        return FeedConsumer(source, path, self.reader, discovery=discovery, token=token, page_size=page_size)

    def _forget(self, connection: Connection) -> None:
        repository.drop(connection, rules.TYPES_OF_FEED[self._feed])
        if self._feed == JOURNAL:
            repository.store_clock(connection, 0)
        if self._feed == ACCOUNTS:
            repository.forget_accounts(connection)

    def _from_journal(self, connection: Connection, rows: Rows) -> None:
        entries = [JournalEntry.model_validate(row) for row in rows]
        known_us = repository.clock_ahead_us(connection)
        ahead_us = max(known_us, *(entry.effective_at_us - entry.booked_at_us for entry in entries))
        if ahead_us != known_us:
            repository.store_clock(connection, ahead_us)
        since = clock.now_us() + ahead_us - KEPT_DAYS * 86_400 * MICROSECONDS
        recent = [entry for entry in entries if entry.effective_at_us >= since]
        repository.add(connection, [told for entry in recent for told in rules.of_entry(entry, self._is_large)])

    def _from_accounts(self, connection: Connection, rows: Rows) -> None:
        events = [EventRow.model_validate(row) for row in rows]
        resets = [number for number, row in enumerate(events, start=1) if row.type == AccountEventType.BANK_RESET]
        if resets:
            self._forget(connection)
            events = events[resets[-1] :]
        named = [AccountFacts.model_validate(row.data) for row in events if row.type in TOLD_OF_ACCOUNTS]
        repository.know_accounts(connection, named)
        ahead_us = repository.clock_ahead_us(connection)
        told = [found for row in events for found in rules.of_account_event(row, row.occurred_at + ahead_us)]
        repository.add(connection, told)

    def _from_users(self, connection: Connection, rows: Rows) -> None:
        ahead_us = repository.clock_ahead_us(connection)
        events = [EventRow.model_validate(row) for row in rows]
        told = [found for row in events for found in rules.of_user_event(row, row.occurred_at + ahead_us)]
        repository.add(connection, told)

    def _is_large(self, amount_minor: int, currency: str) -> bool:
        return amount_minor >= rules.large_minor(self._large_payment, currency)
