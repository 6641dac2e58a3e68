"""From the feeds to the inbox, to mails and to webhooks: one page of a feed, what it gives rise to, and its position,
in one commit.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask_sqlalchemy.session import Session
from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import Connection

from notification_service.email.mailing import Mailer, PendingMail
from notification_service.email.people import erased_among, hear_of
from notification_service.inbox import repository, rules
from notification_service.inbox.source_events import AccountFacts, EmailChanged, JournalEntry
from notification_service.models import feed_positions
from notification_service.preferences import repository as preferences
from notification_service.webhooks.publishing import Publisher
from shared import services
from shared.enums import AccountEventType, UserEventType
from shared.events.event_feed import EventRow
from shared.events.feeds import FeedConsumer, FeedReader
from shared.identifiers import made_at_us, ordered_id
from shared.identity.service_tokens import ServiceToken
from shared.ledger_enums import LedgerEventType
from shared.network.discovery import Discovery
from shared.services import Service
from shared.storage.database import Database
from shared.time import clock
from shared.time.clock import MICROSECONDS

JOURNAL, HOLDS, ACCOUNTS, USERS, STATEMENTS = "journal", "holds", "accounts", "users", "statements"
KEPT_DAYS = 90
"""Older movements, such as the history a simulated world begins with, are told to nobody."""

_SOURCES: dict[str, tuple[Service, str, int]] = {
    JOURNAL: (services.TRANSACTION, "/internal/journal", 2000),
    HOLDS: (services.TRANSACTION, "/internal/events", 1000),
    ACCOUNTS: (services.ACCOUNT, "/internal/events", 1000),
    USERS: (services.AUTH, "/internal/events", 1000),
    STATEMENTS: (services.REPORTING, "/internal/events", 1000),
}
FEEDS = tuple(_SOURCES)
TOLD_OF_ACCOUNTS = frozenset(AccountEventType) - {AccountEventType.BANK_RESET}

Rows = list[dict[str, Any]]
_ENTRIES = TypeAdapter(list[JournalEntry], config=ConfigDict(hide_input_in_errors=True))


class InboxConsumer:
    """One feed's way into the inbox."""

    def __init__(
        self, database: Database, feed: str, *, large_payment: str, publisher: Publisher, mailer: Mailer
    ) -> None:
        self._feed = feed
        self._mailer = mailer
        self._publisher = publisher
        self._large_payment = large_payment
        self._database = database
        mark = "hash" if feed == JOURNAL else "id"
        self.reader = FeedReader(
            database, feed_positions, feed, derive=self._derive, forget=self._begin_anew, mark=mark
        )

    def feed_consumer(
        self, discovery: Discovery, token: ServiceToken, people: FeedConsumer | None = None
    ) -> FeedConsumer:
        """What pulls the feed; start it. `people`, if given, is asked first who is in each page."""
        source, path, page_size = _SOURCES[self._feed]
        return FeedConsumer(
            source,
            path,
            self.reader,
            discovery=discovery,
            token=token,
            page_size=page_size,
            prepare=None if people is None else partial(hear_of, people, self._database),
        )

    def _derive(self, connection: Connection, rows: Rows) -> None:
        take_in = {
            JOURNAL: self._from_journal,
            HOLDS: self._from_holds,
            ACCOUNTS: self._from_accounts,
            USERS: self._from_users,
            STATEMENTS: self._from_statements,
        }[self._feed]
        with self._database.session_on(connection) as session:
            told = take_in(session, rows)
            erased = erased_among(session, {one.notification.user_id for one in told})
            unheard = self._tell(session, [one for one in told if one.notification.user_id not in erased])
            self._publisher.publish(session, self._feed, rows, unheard)

    def _begin_anew(self, connection: Connection) -> None:
        with self._database.session_on(connection) as session:
            self._forget(session)

    def _forget(self, session: Session) -> None:
        repository.drop(session, rules.TYPES_OF_FEED[self._feed])
        if self._feed == JOURNAL:
            repository.store_clock(session, 0)
        if self._feed == ACCOUNTS:
            repository.forget_accounts(session)

    def _from_journal(self, session: Session, rows: Rows) -> list[PendingMail]:
        entries = _ENTRIES.validate_python(rows)
        known_us = repository.clock_ahead_us(session)
        ahead_us = max(known_us, *(entry.effective_at_us - entry.booked_at_us for entry in entries))
        if ahead_us != known_us:
            repository.store_clock(session, ahead_us)
        since = clock.now_us() + ahead_us - KEPT_DAYS * 86_400 * MICROSECONDS
        recent = [entry for entry in entries if entry.effective_at_us >= since]
        ordered_since = repository.ids_ordered_since(session)
        return [
            _pending(one, entry.id, ordered_since, entry.booked_at_us)
            for entry in recent
            for one in rules.of_entry(entry, self._is_large)
        ]

    def _from_accounts(self, session: Session, rows: Rows) -> list[PendingMail]:
        events = [EventRow.model_validate(row) for row in rows]
        events = self._since_reset(session, events, AccountEventType.BANK_RESET)
        named = [AccountFacts.model_validate(row.data) for row in events if row.type in TOLD_OF_ACCOUNTS]
        repository.know_accounts(session, named)
        ahead_us = repository.clock_ahead_us(session)
        return self._told(
            session,
            [
                (row, found)
                for rule in (rules.of_account_event, rules.of_card_event, rules.of_product_event)
                for row in events
                for found in rule(row, row.occurred_at + ahead_us)
            ],
        )

    def _from_holds(self, session: Session, rows: Rows) -> list[PendingMail]:
        events = [EventRow.model_validate(row) for row in rows]
        events = self._since_reset(session, events, LedgerEventType.BANK_RESET)
        return self._told(session, [(row, found) for row in events for found in rules.of_ledger_event(row)])

    def _from_statements(self, session: Session, rows: Rows) -> list[PendingMail]:
        events = [EventRow.model_validate(row) for row in rows]
        return self._told(session, [(row, found) for row in events for found in rules.of_statement_event(row)])

    def _since_reset(self, session: Session, events: list[EventRow], reset: str) -> list[EventRow]:
        """The events after the last reset of the bank among them, before which everything is forgotten."""
        resets = [number for number, row in enumerate(events, start=1) if row.type == reset]
        if not resets:
            return events
        self._forget(session)
        return events[resets[-1] :]

    def _from_users(self, session: Session, rows: Rows) -> list[PendingMail]:
        ahead_us = repository.clock_ahead_us(session)
        events = [EventRow.model_validate(row) for row in rows]
        self._mailer.write_resets(session, events)
        return self._told(
            session,
            [(row, found) for row in events for found in rules.of_user_event(row, row.occurred_at + ahead_us)],
        )

    def _told(self, session: Session, found: Sequence[tuple[EventRow, rules.NewNotification]]) -> list[PendingMail]:
        ordered_since = repository.ids_ordered_since(session)
        return [_pending(one, row.id, ordered_since, row.occurred_at, _old_address(row)) for row, one in found]

    def _tell(self, session: Session, told: Sequence[PendingMail]) -> frozenset[str]:
        """Tell people by the ways that they want; the messages of which no webhook of theirs is to hear.

        What they want is read in the transaction that queues it all, after the page was fetched: so whatever happens
        after a change of it was answered is told as it says.
        """
        chosen = preferences.chosen_by(session, {one.notification.user_id for one in told})
        found = [one.notification for one in told]
        switches = [chosen.of(one.user_id, one.type) for one in found]
        repository.add(session, [one for one, wanted in zip(found, switches, strict=True) if wanted.inbox])
        self._mailer.write(session, told, chosen)
        return frozenset(one.rule_id for one, wanted in zip(told, switches, strict=True) if not wanted.webhook)

    def _is_large(self, amount_minor: int, currency: str) -> bool:
        return amount_minor >= rules.large_minor(self._large_payment, currency)


def _pending(
    found: rules.NewNotification,
    source_id: str,
    ordered_since: int | None,
    recorded_at: int,
    old_address: str | None = None,
) -> PendingMail:
    """A message as it is written: with an id that sorts by time, unless what it tells may have been told before."""
    rule_id, made_at = found.id, made_at_us(source_id)
    if ordered_since is not None and made_at is not None and made_at >= ordered_since:
        found = found._replace(id=ordered_id(source_id, rule_id))
    return PendingMail(found, rule_id, recorded_at, old_address)


def _old_address(row: EventRow) -> str | None:
    return EmailChanged.model_validate(row.data).old_email if row.type == UserEventType.EMAIL_CHANGED else None
