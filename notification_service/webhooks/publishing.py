"""From a page of a feed to events and what is to be sent of them, in the commit that takes the page in.

An event is kept only where an endpoint wants it: a bank without endpoints pays one look at an empty table for each
page. Nobody is told what was recorded before their endpoint was made, nor what happened long before in the bank's time,
such as the history that a simulated world begins with.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_sqlalchemy.session import Session
from pydantic import ConfigDict, TypeAdapter

from notification_service.delivery import outbox
from notification_service.delivery.outbox import NewDelivery
from notification_service.delivery.retries import RetryPolicy
from notification_service.email.people import erased_among
from notification_service.inbox import repository as inbox
from notification_service.models import WebhookEndpoint
from notification_service.webhooks import repository, rules
from notification_service.webhooks.chaos import Chaos
from notification_service.webhooks.event_types import EVERYTHING, PING
from notification_service.webhooks.nameless import without_names
from notification_service.webhooks.rules import NewEvent
from notification_service.webhooks.source_events import Entry, Whose
from shared.enums import Role, UserEventType, UserStatus, WebhookScope
from shared.events.event_feed import EventRow
from shared.identifiers import new_id
from shared.time import clock
from shared.time.clock import MICROSECONDS

CHANNEL = "webhook"
TOLD_DAYS = 90
_ENTRIES = TypeAdapter(list[Entry], config=ConfigDict(hide_input_in_errors=True))

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Publisher:
    """`policy` says until when a delivery is tried."""

    policy: RetryPolicy

    def publish(self, session: Session, feed: str, rows: Rows, unheard: Collection[str] = ()) -> None:
        """Keep the events of a page of a feed, and have them sent.

        `unheard` are the messages of which people want no webhook of their own to hear; those of the bank do.
        """
        if not repository.endpoints_enabled(session):
            return
        if feed == "users":
            _silence(session, rows)
        endpoints = repository.endpoints_enabled(session)
        listening, ahead_us = _Listening(endpoints, unheard), inbox.clock_ahead_us(session)
        found = _of_journal(rows, ahead_us) if feed == "journal" else _of_events(feed, rows, ahead_us)
        wanted = {event.id: (event, targets) for event in found if (targets := listening.to(event))}
        erased = erased_among(session, {event.user_id for event, _ in wanted.values()})
        for event, targets in list(wanted.values()):
            if event.user_id in erased:
                wanted[event.id] = (event._replace(body=without_names(event.user_id, event.body)), targets)
        for known in repository.known_events(session, list(wanted)):
            del wanted[known]
        self._tell(session, list(wanted.values()))

    def ping(self, session: Session, endpoint: WebhookEndpoint) -> str:
        """Have an event of its own sent to one endpoint, one at a time; the id of its delivery."""
        under_way = repository.open_delivery(session, endpoint.id, endpoint.id)
        if under_way is not None:
            return under_way
        event_id, now_us = new_id(), clock.now_us()
        body = rules.message_body(event_id, PING, now_us, {"webhook_id": endpoint.id})
        event = NewEvent(event_id, PING, endpoint.user_id, endpoint.id, now_us, body)
        (delivery_id,) = self._tell(session, [(event, [endpoint])])
        return delivery_id

    def _tell(self, session: Session, told: Sequence[tuple[NewEvent, Sequence[WebhookEndpoint]]]) -> list[str]:
        if not told:
            return []
        now_us, first = clock.now_us(), outbox.take_positions(session, len(told))
        rows = [
            {
                "id": event.id,
                "position": first + number,
                "user_id": event.user_id,
                "type": event.type,
                "body": event.body,
                "created_at": now_us,
            }
            for number, (event, _) in enumerate(told)
        ]
        repository.keep_events(session, rows)
        new = [_delivery(event, one) for event, targets in told for one in targets if one.url is not None]
        return outbox.enqueue(session, new, self.policy, now_us=now_us)


class _Listening:
    """Who wants to hear of what."""

    def __init__(self, endpoints: Sequence[WebhookEndpoint], unheard: Collection[str]) -> None:
        self._unheard = unheard
        self._of_bank: list[WebhookEndpoint] = []
        self._of_users: dict[str, list[WebhookEndpoint]] = {}
        self._types = {one.id: frozenset(one.events.split()) for one in endpoints}
        for one in endpoints:
            (self._of_bank if one.scope == WebhookScope.BANK else self._of_users.setdefault(one.user_id, [])).append(
                one
            )

    def to(self, event: NewEvent) -> list[WebhookEndpoint]:
        """Those that are to hear of this."""
        own = () if event.message_id in self._unheard else self._of_users.get(event.user_id, ())
        return [
            one
            for one in (*self._of_bank, *own)
            if event.recorded_at >= one.created_at and self._types[one.id] & {event.type, EVERYTHING}
        ]


def _delivery(event: NewEvent, endpoint: WebhookEndpoint) -> NewDelivery:
    chaos = Chaos.of(endpoint.chaos)
    order_key = event.id if chaos.reorder else event.order_key
    return NewDelivery(CHANNEL, endpoint.id, event.id, order_key, chaos.delay_us())


def _of_journal(rows: Rows, ahead_us: int) -> Iterator[NewEvent]:
    since = clock.now_us() + ahead_us - TOLD_DAYS * 86_400 * MICROSECONDS
    for entry in _ENTRIES.validate_python(rows):
        if entry.effective_at_us >= since:
            yield from rules.of_entry(entry)


def _of_events(feed: str, rows: Rows, ahead_us: int) -> Iterator[NewEvent]:
    for row in map(EventRow.model_validate, rows):
        if feed == "holds":
            yield from rules.of_ledger_row(row)
        elif feed == "statements":
            yield from rules.of_statement_row(row)
        else:
            yield from rules.of_directory_row(row, rules.OF_USERS if feed == "users" else rules.OF_ACCOUNTS, ahead_us)


def _silence(session: Session, rows: Rows) -> None:
    """Whoever is no administrator any more hears of nobody else; a person who may not log in hears of nothing."""
    for row in map(EventRow.model_validate, rows):
        if row.type == UserEventType.USER_UPDATED:
            is_admin, is_active = row.data["role"] == Role.ADMIN, row.data["status"] == UserStatus.ACTIVE
            for endpoint in repository.locked_endpoints_of(session, Whose.model_validate(row.data).user_id):
                endpoint.is_enabled &= is_active and (is_admin or endpoint.scope == WebhookScope.OWN)
    session.flush()
