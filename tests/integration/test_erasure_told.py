"""What others are told of somebody who is erased: all that happened, without a name, and nobody writes to them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from account_service import erasing as account_erasing
from account_service.models import PublishedEvent, feed_heads
from auth_service.erasure import erasing
from notification_service.delivery import outbox
from notification_service.models import Delivery, Mail, Notification, WebhookEndpoint, WebhookEvent
from shared import services
from shared.enums import WebhookScope
from shared.events import feeds
from shared.identifiers import new_id
from shared.time import clock
from tests import erasures
from tests.erasures import SCARS, Person, close_accounts
from tests.reporting_bank import Customer, ReportingBank, reporting_bank
from transaction_service.models import mandates


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as opened:
        yield opened


@pytest.fixture
def other(bank: ReportingBank) -> Customer:
    return bank.customer("100.00")


@pytest.fixture
def person(bank: ReportingBank, other: Customer) -> Person:
    """Somebody whose accounts were closed a moment ago: the readers of feeds have not heard of it yet."""
    found = erasures.somebody(bank, other)
    hold = {"account_id": found.account["id"], "amount": "5.00", "description": "Hold xyzzy of the last hour"}
    held = erasures._did(bank, services.TRANSACTION, "/api/transactions/holds", bank.bank.headers("employee"), hold)
    erasures._did(
        bank, services.TRANSACTION, f"/api/transactions/holds/{held['id']}/void", bank.bank.headers("employee"), {}
    )
    close_accounts(bank, found, other)
    return found


def inbox(bank: ReportingBank) -> Any:
    return bank.bank.apps[services.NOTIFICATION.package].extensions["context"]


def told_to_the_bank(bank: ReportingBank, person: Person) -> dict[str, dict[str, Any]]:
    """The events about them that are yet to be sent to the bank's own webhook, by type."""
    with inbox(bank).database.read_session() as session:
        awaited = select(Delivery.event_id).where(Delivery.finished_at.is_(None))
        query = select(WebhookEvent).where(WebhookEvent.user_id == person.id, WebhookEvent.id.in_(awaited))
        return {
            one.type: json.loads(one.body)["data"] for one in session.scalars(query.order_by(WebhookEvent.position))
        }


def test_the_banks_webhook_hears_all_that_happened_without_a_name(bank: ReportingBank, person: Person) -> None:
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    told = told_to_the_bank(bank, person)
    assert {"hold.voided", "hold.placed", "account.closed", "transaction.completed", "user.updated"} <= set(told)
    assert told["user.updated"]["status"] == "erased"
    assert told["account.closed"]["account_id"] == person.account["id"]
    assert [scar for scar in SCARS if scar in json.dumps(told)] == []


def test_what_has_arrived_stays_without_a_name_and_can_be_sent_again(bank: ReportingBank, person: Person) -> None:
    bank.follow()
    with inbox(bank).database.write_session() as session:
        session.execute(update(Delivery).values(status="delivered", finished_at=clock.now_us()))
        before = set(session.scalars(select(WebhookEvent.id).where(WebhookEvent.user_id == person.id)))
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    with inbox(bank).database.read_session() as session:
        kept = session.scalars(select(WebhookEvent).where(WebhookEvent.user_id == person.id)).all()
        delivered = session.scalars(select(Delivery.event_id).where(Delivery.status == "delivered")).all()
    assert before <= {one.id for one in kept} & set(delivered)
    assert [scar for scar in SCARS if scar in str([one.body for one in kept])] == []


def test_a_program_of_the_banks_fetches_what_happened_and_what_was_theirs_alone_is_gone(
    bank: ReportingBank, person: Person
) -> None:
    with inbox(bank).database.write_session() as session:
        (hook,) = session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.scope == WebhookScope.BANK))
        hook.url, hook.events = None, "hold.placed account.closed"
        outbox.forget_open(session, hook.id)
    bank.follow()
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    reply = bank.bank.client(services.NOTIFICATION).get(
        "/api/webhooks/events?limit=200", headers=bank.bank.headers("admin")
    )
    fetched = [one for one in reply.json["data"] if one["data"].get("user_id") == person.id]
    assert {one["type"] for one in fetched} == {"hold.placed", "account.closed"}
    assert [scar for scar in SCARS if scar in json.dumps(fetched)] == []


def test_a_webhook_of_the_bank_that_wants_less_meanwhile_is_sent_what_was_on_its_way(
    bank: ReportingBank, person: Person
) -> None:
    bank.follow()
    with inbox(bank).database.write_session() as session:
        (hook,) = session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.scope == WebhookScope.BANK))
        hook.events = "account.closed"
    before = set(told_to_the_bank(bank, person))
    assert {"hold.placed", "hold.voided"} <= before
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    told = told_to_the_bank(bank, person)
    assert before <= set(told)
    assert [scar for scar in SCARS if scar in json.dumps(told)] == []
    with inbox(bank).database.read_session() as session:
        waiting = session.scalars(select(Delivery).where(Delivery.finished_at.is_(None)).order_by(Delivery.position))
        first = {}
        for one in waiting:
            first.setdefault((one.target_id, one.order_key), one.status)
    assert "queued" not in first.values(), "what is behind something goes when that has gone"


def test_an_inbox_that_was_away_for_days_hears_all_that_happened_meanwhile(
    bank: ReportingBank, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in = {"username": erasures.USERNAME, "password": erasures.PASSWORD}
    agent = {"User-Agent": "agent xyzzy"}
    assert bank.bank.client(services.AUTH).post("/api/auth/login", json=log_in, headers=agent).status_code == 200
    with monkeypatch.context() as gone:
        gone.setenv("NOTIFICATION_SERVICE_URL", "http://127.0.0.1:9")
        assert erasures.ask(bank, person).json["data"]["remaining"] == ["notification-service"]
    before = set(told_to_the_bank(bank, person)) - {"hold.voided"}  # of another hold, before
    auth = bank.bank.apps[services.AUTH.package].extensions["context"]
    with auth.database.write() as connection:
        connection.execute(text("UPDATE erasures SET due_at = 0"))
    erasing.go_on_with_all(auth)
    assert erasing.find(auth, person.id).remaining == ""
    told = told_to_the_bank(bank, person)
    assert {"user.logged_in", "hold.voided", "account.closed"} <= set(told) - before
    assert told["user.updated"]["status"] == "erased"
    assert [scar for scar in SCARS if scar in json.dumps(told)] == []


def test_nothing_is_missing_from_a_feed_but_what_opens_something(bank: ReportingBank, person: Person) -> None:
    feeds_of = {
        services.AUTH: "SELECT count(*) FROM events WHERE type <> 'password_reset_requested'",
        services.ACCOUNT: "SELECT count(*) FROM events",
        services.TRANSACTION: "SELECT count(*) FROM events",
    }

    def lengths() -> dict[str, int]:
        found = {}
        for service, query in feeds_of.items():
            with bank.bank.databases[service.package].read() as connection:
                found[service.name] = connection.execute(text(query)).scalar_one()
        return found

    before = lengths()
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    assert all(number >= before[name] for name, number in lengths().items())


def test_derived_again_from_nothing_nobody_writes_to_them(bank: ReportingBank, person: Person) -> None:
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    bank.follow()
    context = inbox(bank)
    for reader in (context.people.reader, *(one.reader for one in context.consumers.values())):
        reader.begin_anew()
    bank.follow()
    with context.database.read_session() as session:
        for model in (Notification, Mail):
            assert session.scalars(select(model.id).where(model.user_id == person.id)).all() == []
        bodies = session.scalars(select(WebhookEvent.body).where(WebhookEvent.user_id == person.id)).all()
        awaited = select(WebhookEvent.body).join(Delivery, Delivery.event_id == WebhookEvent.id)
        assert (
            session.scalars(awaited.where(WebhookEvent.user_id == person.id, Delivery.channel == "email")).all() == []
        )
    assert [scar for scar in SCARS if scar in str(bodies)] == []


def test_a_mandate_they_asked_for_has_its_id_for_a_reference(bank: ReportingBank, person: Person) -> None:
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    with bank.bank.databases[services.TRANSACTION.package].read() as connection:
        (row,) = connection.execute(select(mandates.c.id, mandates.c.reference)).all()
    assert row.reference == row.id


def test_whoever_was_erased_meanwhile_changes_nothing_with_the_token_that_they_have(
    bank: ReportingBank, person: Person, other: Customer
) -> None:
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    bank.follow()
    headers = bank.bank.headers(user_id=person.id)  # of a service that has not heard of it yet
    renamed = bank.bank.client(services.ACCOUNT).put(
        f"/api/accounts/update/{person.account['id']}", json={"nickname": "xyzzy"}, headers=headers
    )
    hook = {"url": "https://example.org/hook", "events": ["*"], "description": "xyzzy"}
    made = bank.bank.client(services.NOTIFICATION).post("/api/webhooks", json=hook, headers=headers)
    for reply in (renamed, made):
        assert (reply.status_code, reply.json["error_code"]) == (409, "USER_ERASED"), reply.text


def test_in_a_batch_one_erased_owner_refuses_their_own_account_alone(
    bank: ReportingBank, other: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = bank.customer()
    owners = bank.bank.apps[services.ACCOUNT.package].extensions["context"].owners
    known = owners.find_all([gone.id, other.id])
    reply = bank.bank.client(services.AUTH).post(
        f"/api/auth/users/{gone.id}/erasure", json={"reason": "By letter"}, headers=bank.bank.headers("admin")
    )
    assert reply.json["data"]["status"] == "done", reply.text
    monkeypatch.setattr(type(owners), "find_all", lambda _self, _ids: known)  # asked a moment before
    wanted = [{"user_id": one.id, "account_type": "savings", "idempotency_key": new_id()} for one in (gone, other)]
    for _ in range(2):
        results = bank.simulate(services.ACCOUNT, "/api/accounts/batch", {"accounts": wanted})
        assert results[0]["error"]["error_code"] == "OWNER_DISABLED", results
        assert results[1]["account"]["user_id"] == other.id


def test_the_account_service_searches_its_feed_outside_its_lock_and_once(
    bank: ReportingBank, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, searched = bank.bank.databases[services.ACCOUNT.package], list[bool]()
    real = account_erasing._positions_of

    def late_event(session: Any, user_id: str, within: Any) -> Any:
        found = real(session, user_id, within)
        if not searched:  # somebody tells of them between the search and the lock
            with database.write_session() as other_session:
                told = other_session.scalars(
                    select(PublishedEvent).where(PublishedEvent.type == "account_closed")
                ).one()
                data = json.dumps({**json.loads(told.data), "holder_name": SCARS[0]})
                row = {"id": new_id(), "type": told.type, "occurred_at": told.occurred_at, "data": data}
                feeds.append(other_session.connection(), feed_heads, PublishedEvent.__table__, [row])
        searched.append(bool(found))
        return found

    monkeypatch.setattr(account_erasing, "_positions_of", late_event)
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    assert len(searched) == 2
    account_erasing.erase(database, person.id)
    assert len(searched) == 2
    with database.read_session() as session:
        assert SCARS[0] not in str(session.scalars(select(PublishedEvent.data)).all())
