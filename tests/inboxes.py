"""A real inbox app on a real SQLite file, and rows as the other services' feeds have them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_openapi3 import OpenAPI
from uuid_utils import NAMESPACE_OID, uuid5
from werkzeug.test import TestResponse

from notification_service.app import create_app
from notification_service.delivery.worker import DeliveryWorker
from notification_service.inbox.consumers import InboxConsumer
from notification_service.models import metadata
from notification_service.settings import Settings
from shared.identifiers import new_id
from shared.storage import seal_proof
from shared.storage.database import Database
from shared.time import clock
from shared.time.clock import MICROSECONDS
from tests import databases
from tests.keys import SigningKeys

DAY_US = 86_400 * MICROSECONDS
Row = dict[str, Any]


@dataclass
class InboxUnderTest:
    """The app and its keys; feeds are taken in page by page, as a consumer would."""

    app: OpenAPI
    keys: SigningKeys

    @property
    def database(self) -> Database:
        """The inbox's database."""
        found: Database = self.app.extensions["database"]
        return found

    def consumer(self, feed: str) -> InboxConsumer:
        """This feed's way in."""
        found: InboxConsumer = self.app.extensions["context"].consumers[feed]
        return found

    def take_in(self, feed: str, rows: list[Row]) -> None:
        """What a consumer does with a page."""
        reader = self.app.extensions["context"].people.reader if feed == "people" else self.consumer(feed).reader
        reader.take_in(reader.position(), rows, max(row["position"] for row in rows))

    def call(self, method: str, path: str, user_id: str, **options: Any) -> TestResponse:
        """One request of a person."""
        headers = self.keys.headers(user_id, **options)
        return self.app.test_client().open(f"/api/notifications{path}", method=method, headers=headers)

    def hook(
        self, method: str, path: str, user_id: str, payload: object = None, *, role: str = "customer", scope: str = ""
    ) -> TestResponse:
        """One request of a person about webhooks."""
        headers = self.keys.headers(user_id, role=role, scope=scope)
        return self.app.test_client().open(f"/api/webhooks{path}", method=method, json=payload, headers=headers)

    @property
    def worker(self) -> DeliveryWorker:
        """What empties the outbox; it is not started."""
        found: DeliveryWorker = self.app.extensions["context"].deliveries
        return found

    def deliver(self) -> int:
        """Send whatever is due until nothing is, one after another; how many tries that took."""
        tries = 0
        while claims := self.worker.turn():
            for claim in claims:
                self.worker.keep(self.worker.attempt(claim))
                tries += 1
        return tries

    def mailbox(self, query: str = "", role: str = "admin") -> TestResponse:
        """What lies in the development mailbox."""
        return self.call("GET", f"/mailbox{query}", new_id(), role=role)

    def listed(self, user_id: str, query: str = "") -> list[Row]:
        """A page of somebody's inbox."""
        reply = self.call("GET", f"/list{query}", user_id)
        assert reply.status_code == 200, reply.text
        rows: list[Row] = reply.json["data"]
        return rows

    def unread(self, user_id: str) -> int:
        """How many somebody has not read."""
        return int(self.call("GET", "/unread_count", user_id).json["data"]["unread_count"])

    def reset(self, scope: str = "bank:reset", role: str = "service") -> TestResponse:
        """Ask for an empty inbox."""
        headers = self.keys.headers("simulator-service", role=role, scope=scope)
        return self.app.test_client().post("/internal/reset", json={}, headers=headers)


@contextmanager
def open_inbox(folder: Path, keys: SigningKeys | None = None, **settings: Any) -> Iterator[InboxUnderTest]:
    """An inbox on `folder/inbox.db`; opened again on the same folder it finds what was there.

    In the end each of its rows must be as the inbox wrote it.
    """
    keys = keys or SigningKeys()
    app = create_app(
        Settings(databases.url_of(folder / "inbox.db"), "a key of tests", "another key of tests", **settings), keys=keys
    )
    try:
        opened = InboxUnderTest(app, keys)
        yield opened
        assert seal_proof.proof(opened.database.read, metadata)["findings"] == []
    finally:
        app.extensions["database"].close()


def id_of(words: str) -> str:
    """The id that a test means by these words, the same each time."""
    return str(uuid5(NAMESPACE_OID, words))


def leg(owner_id: str | None, amount_minor: int, account_id: str | None = None) -> Row:
    """One posting of a journal row."""
    return {
        "account_id": account_id or new_id(),
        "owner_id": owner_id,
        "currency": "EUR",
        "amount_minor": amount_minor,
        "balance_after_minor": None if owner_id is None else 10**6,
    }


def entry(position: int, *postings: Row, movement: str = "transfer", **facts: Any) -> Row:
    """A journal row as `GET /internal/journal` has it; it happens now unless `effective_at_us` is given."""
    now_us = clock.now_us()
    return {
        "position": position,
        "id": new_id(),
        "type": movement,
        "currency": "EUR",
        "amount_minor": abs(postings[0]["amount_minor"]),
        "description": "Dinner",
        "category": None,
        "reference": "SB-0123456789AB",
        "effective_at_us": now_us,
        "booked_at_us": now_us,
        "initiator_id": new_id(),
        "reverses": None,
        "synthetic": False,
        "hash": "0" * 64,
        "postings": list(postings),
        **facts,
    }


def payment(position: int, payer_id: str | None, payee_id: str | None, amount_minor: int, **facts: Any) -> Row:
    """Money from one person to another; None is the bank's own side."""
    return entry(position, leg(payer_id, -amount_minor), leg(payee_id, amount_minor), **facts)


def account_opened(position: int, user_id: str, **facts: Any) -> Row:
    """A row of the account service's feed."""
    data = {
        "account_id": new_id(),
        "user_id": user_id,
        "holder_name": "Ada Lovelace",
        "account_number": "DE89100000000000003000",
        "account_type": "checking",
        "currency": "EUR",
        "nickname": None,
        "status": "open",
        "synthetic": False,
        "created_at": clock.to_wire(clock.now_us()),
        "closed_at": None,
        **facts,
    }
    return _event(position, "account_opened", data)


def user_event(position: int, kind: str, user_id: str, **data: Any) -> Row:
    """A row of auth's feed."""
    return _event(position, kind, {"user_id": user_id, **data})


def registered(position: int, user_id: str, email: str = "ada@example.org", **facts: Any) -> Row:
    """A row of auth's feed: somebody has a log-in."""
    person = {"username": "ada", "full_name": "Ada Lovelace", "email": email, "role": "customer", "status": "active"}
    return user_event(position, "user_registered", user_id, **{**person, "synthetic": False, **facts})


def card_declined(position: int, user_id: str) -> Row:
    """A row of the ledger's events: a card of theirs did not pay."""
    said = {"account_id": new_id(), "user_id": user_id, "amount_minor": 100, "currency": "EUR"}
    of_card = {"authorization_id": new_id(), "last4": "4242", "merchant_name": "Cafe", "decline_code": "CARD_FROZEN"}
    happened_at = clock.to_wire(clock.now_us())
    return _event(position, "card_payment_declined", {**said, **of_card, "happened_at": happened_at})


def _event(position: int, kind: str, data: Row) -> Row:
    occurred_at = clock.to_wire(clock.now_us())
    return {"position": position, "id": new_id(), "type": kind, "occurred_at": occurred_at, "data": data}
