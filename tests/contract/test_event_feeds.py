"""What auth and the account service publish, and what each of their readers reads of it: every event, every value.

The readers keep models of their own. Here each event that a publisher's models allow goes through its real feed into
every reader; a fact renamed, retyped or left out on one side alone stops one of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from inspect import isclass
from itertools import product
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Literal, get_args, get_origin

import pytest

from account_service import events as account_events
from account_service import repository as account_repository
from auth_service import event_feed as auth_feed
from auth_service import events as user_events
from notification_service.email import people
from notification_service.inbox import rules
from reporting_service import events as reporting_events
from reporting_service import models as reporting_models
from reporting_service.models import accounts, users
from reporting_service.projections import directory_projection
from shared import services
from shared.card_enums import CardEventType
from shared.enums import AccountEventType, ProductEventType, UserEventType, UserStatus
from shared.events import feeds
from shared.events.event_feed import Event, event_rows, events_page
from shared.events.feeds import FeedQuery, Row
from shared.ledger_enums import LedgerEventType
from shared.report_enums import ReportingEventType
from shared.storage.database import Database, as_dicts
from shared.storage.migrations import migrate
from shared.time import clock
from tests.inboxes import id_of, open_inbox
from transaction_service import models as ledger_models
from transaction_service.card_bills import events as bill_events
from transaction_service.cards import events as card_events
from transaction_service.due_work import events as clock_events
from transaction_service.holds import events as hold_events
from transaction_service.holds import hold_rows
from transaction_service.ledger import events as floor_events
from transaction_service.orders import events as order_events

NOW_US = 1_795_000_000_000_000
PUBLISHERS = {
    "users": ((user_events,), UserEventType),
    "accounts": ((account_events,), (*AccountEventType, *CardEventType, *ProductEventType)),
    "holds": ((hold_events, order_events, bill_events, card_events, floor_events, clock_events), LedgerEventType),
    "statements": ((reporting_events,), ReportingEventType),
}
_SERVICES = {
    "statements": services.REPORTING,
    "users": services.AUTH,
    "accounts": services.ACCOUNT,
    "holds": services.TRANSACTION,
}


def models_of(modules: tuple[ModuleType, ...]) -> list[type[Event]]:
    """The kinds of event that a service publishes; what they have in common has no type."""
    values = [value for module in modules for value in vars(module).values()]
    found = [value for value in values if isclass(value) and issubclass(value, Event)]
    return [model for model in found if hasattr(model, "type")]


def values_of(name: str, annotation: Any) -> list[Any]:
    """Every value of a closed set, one of an open one."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if isinstance(annotation, UnionType):
        return [value for part in get_args(annotation) for value in values_of(name, part)]
    if isclass(annotation) and issubclass(annotation, StrEnum):
        return list(annotation)
    of_type: dict[Any, list[Any]] = {bool: [False, True], int: [3], type(None): [None]}
    return of_type.get(annotation) or [_text_of(name)]


def _text_of(name: str) -> str:
    """A text as this fact is written."""
    if name.endswith("_id"):
        return id_of(f"a {name}")
    if name.endswith("_on"):
        return "2026-11-20"
    if name.endswith(("_at", "_until", "_time")):
        return clock.to_wire(NOW_US)
    return {"currency": "EUR", "last4": "4242", "error_code": "INSUFFICIENT_FUNDS"}.get(name, f"a {name}")


def every(model: type[Event]) -> Iterator[Event]:
    """Every event of this kind, each of another user and account."""
    fields = {name: values_of(name, field.annotation) for name, field in model.model_fields.items()}
    for number, chosen in enumerate(product(*fields.values())):
        facts = dict(zip(fields, chosen, strict=True))
        own = {name: id_of(f"{model.__name__} {number}") for name in ("user_id", "account_id") if name in facts}
        yield model(**facts | own)


@contextmanager
def opened(folder: Path, package: str) -> Iterator[Database]:
    database = Database.at(f"sqlite:///{folder / package}.db")
    migrate(database, package)
    yield database
    database.close()


def published(folder: Path, feed: str, events: list[Event]) -> list[Row]:
    """These events, as the publisher's feed tells them."""
    with opened(folder, _SERVICES[feed].package) as database, database.write_session() as session:
        query = FeedQuery(after=0, limit=2000)
        if feed == "users":
            auth_feed.publish(session, events, at=NOW_US)
            page = auth_feed.page(session, query)
        elif feed == "statements":
            rows = event_rows(events, at=NOW_US)
            feeds.append(session.connection(), reporting_models.feed_heads, reporting_models.events, rows)
            page = events_page(session.connection(), reporting_models.feed_heads, reporting_models.events, query)
        elif feed == "holds":
            hold_rows.tell(session.connection(), events)
            page = events_page(session.connection(), ledger_models.feed_heads, ledger_models.events, query)
        else:
            account_repository.publish(session, events)
            page = account_repository.events_page(session, query)
    assert len(page["data"]) == page["head"] == len(events)
    told: list[Row] = page["data"]
    return told


@pytest.mark.parametrize("feed", PUBLISHERS)
def test_there_is_a_model_for_every_event_and_no_other(feed: str) -> None:
    modules, types = PUBLISHERS[feed]
    assert sorted(model.type for model in models_of(modules)) == sorted(types)


EVERY_KIND = [(feed, model) for feed, (modules, _) in PUBLISHERS.items() for model in models_of(modules)]
OF_THE_DIRECTORY = [(feed, model) for feed, model in EVERY_KIND if feed in ("users", "accounts")]
_MESSAGES = {
    "user_logged_in": "new_device_login",
    "card_updated": "card_changed",
    "hold_voided": "hold_released",
    "hold_expired": "hold_released",
}


@pytest.mark.parametrize(("feed", "model"), OF_THE_DIRECTORY)
def test_every_event_is_taken_in_by_the_directory(tmp_path: Path, feed: str, model: type[Event]) -> None:
    events = list(every(model))
    rows = published(tmp_path, feed, events)
    with opened(tmp_path, "reporting_service") as database:
        reader = directory_projection.reader(database, feed)
        assert reader.take_in(reader.position(), rows, len(rows)).position == len(rows)
        with database.read() as connection:
            kept = as_dicts(connection.execute((users if feed == "users" else accounts).select()))
        told = directory_projection.TOLD_OF_USERS | directory_projection.TOLD_OF_ACCOUNTS
        assert len(kept) == (len(events) if model.type in told else 0)
        for row in kept:
            event = next(event for event in events if row["id"] in event.model_dump().values())
            same = row.keys() & event.model_dump().keys() - {"created_at", "closed_at"}
            assert {name: row[name] for name in same} == {name: getattr(event, name) for name in same}


@pytest.mark.parametrize(("feed", "model"), EVERY_KIND)
def test_every_event_is_taken_in_by_the_inbox(tmp_path: Path, feed: str, model: type[Event]) -> None:
    events = list(every(model))
    rows = published(tmp_path, feed, events)
    with open_inbox(tmp_path) as inbox:
        inbox.take_in(feed, rows)
        messages = [row["type"] for event in events for row in inbox.listed(getattr(event, "user_id", ""))]
        expected = sum(getattr(event, "new_device", True) for event in events)
        kind = _MESSAGES.get(model.type, str(model.type))
        assert messages == ([kind] * expected if kind in rules.TYPES_OF_FEED[feed] else [])


@pytest.mark.parametrize("model", models_of((user_events,)))
def test_every_event_of_users_is_taken_in_by_who_knows_the_addresses(tmp_path: Path, model: type[Event]) -> None:
    events = list(every(model))
    rows = published(tmp_path, "users", events)
    with open_inbox(tmp_path) as inbox:
        inbox.take_in("people", rows)
        with inbox.database.read_session() as session:
            known = people.addressees(session, [getattr(event, "user_id", "") for event in events])
    told = [event for event in events if isinstance(event, user_events.UserRegistered | user_events.UserUpdated)]
    assert {one.user_id: (one.email, one.full_name, one.is_written_to) for one in known.values()} == {
        one.user_id: (one.email, one.full_name, not one.synthetic and one.status != UserStatus.ERASED) for one in told
    }
