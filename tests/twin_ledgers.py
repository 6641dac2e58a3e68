"""Two ledgers that have the same accounts and get the same requests; one of them has its fast lane taken away."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

import shared.http.application
import shared.http.fast_lane
from shared.identifiers import new_id
from tests.cards import card_number, state
from tests.keys import SigningKeys
from tests.ledgers import Holder, LedgerUnderTest, iban, open_ledger

JSON = "application/json"
PATHS = tuple(f"/api/transactions/{name}" for name in ("deposit", "withdraw", "transfer"))
TRANSFER = PATHS[2]
HOLDS, NETWORK = "/api/transactions/holds", "/api/card-network"
SHOP = {"name": "Book Corner", "mcc": "5942", "country": "DE"}
STAFF, ACQUIRER = "staff", "acquirer"
OTHER_ORDERS: dict[str, tuple[str, dict[str, Any]]] = {
    HOLDS: (STAFF, {"account_id": "(eve)", "amount": "0.02"}),
    f"{HOLDS}/(captured_hold)/capture": (STAFF, {"amount": "0.02", "final": False}),
    f"{HOLDS}/(voided_hold)/void": (STAFF, {"amount": "0.02"}),
    "/api/transactions/(deposit)/reverse": (STAFF, {"amount": "0.02", "reason": "a mistake"}),
    f"{NETWORK}/authorizations": (
        ACQUIRER,
        {"card_id": "(card)", "amount": "0.02", "currency": "EUR", "merchant": SHOP, "channel": "chip"},
    ),
    f"{NETWORK}/authorizations/(incremented)/increment": (ACQUIRER, {"amount": "0.02"}),
    f"{NETWORK}/authorizations/(captured)/capture": (ACQUIRER, {"amount": "0.02", "final": False}),
    f"{NETWORK}/authorizations/(reversed)/reverse": (ACQUIRER, {"amount": "0.02"}),
    f"{NETWORK}/clearings": (
        ACQUIRER,
        {"card_id": "(card)", "amount": "0.02", "currency": "EUR", "merchant": SHOP},
    ),
    f"{NETWORK}/refunds": (ACQUIRER, {"original_id": "(purchase)", "amount": "0.02"}),
    f"{NETWORK}/disputes": ("eve", {"transaction_id": "(disputed)", "reason": "I was not there"}),
    f"{NETWORK}/disputes/(dispute)/resolve": (STAFF, {"won": True}),
}
"""The other routes that post one order: who asks, and a good request. What is in brackets is each ledger's own id."""
_NAMED = re.compile(r"\((\w+)\)")
UNKNOWN_NUMBERS = 3
CHANGING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z"), "<time>"),
    (re.compile(r"SB-[0-9A-Z]{12}"), "<reference>"),
    (re.compile(r'(?<="next_cursor":")[^"]+'), "<cursor>"),
)
Said = tuple[int, list[tuple[str, str]], str]


def said(reply: TestResponse) -> Said:
    """The reply, byte for byte, without what no two replies have in common."""
    return reply.status_code, [(name, steady(value)) for name, value in reply.headers], steady(reply.text)


def steady(text: str) -> str:
    for changing, name in CHANGING:
        text = changing.sub(name, text)
    return text


@dataclass
class Twins:
    """Both ledgers, the accounts that both have, and how often the lane answered with which status."""

    lane: LedgerUnderTest
    ordinary: LedgerUnderTest
    notes: list[list[Any]]
    by_lane: list[int] = field(default_factory=list)
    accounts: dict[str, Holder] = field(default_factory=dict)
    ids: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))
    """What either calls the things that are made in both."""

    def open(self, name: str, **facts: Any) -> Holder:
        owner, account, number = facts.pop("owner_id", None) or new_id(), new_id(), facts.pop("number")
        for ledger in (self.lane, self.ordinary):
            facts = {"account_number": number, "opened_by": owner, "movement_limit_minor": 400_00, **facts}
            reply = ledger.call(
                "PUT", f"/internal/ledger/accounts/{account}", self._facts(owner, facts), headers=ledger.service
            )
            assert reply.status_code == 200, reply.text
        self.accounts[name] = Holder(self.lane, owner, account, number, self.lane.keys.headers(owner))
        return self.accounts[name]

    def status(self, name: str, status: str) -> None:
        for ledger in (self.lane, self.ordinary):
            path = f"/internal/ledger/accounts/{self.accounts[name].account_id}/status"
            assert ledger.call("PUT", path, {"status": status}, headers=ledger.service).status_code == 200

    @staticmethod
    def _facts(owner: str, facts: dict[str, Any]) -> dict[str, Any]:
        usual = {"holder_name": "Ada Lovelace", "account_type": "checking", "currency": "EUR"}
        return {"owner_id": owner, "daily_limit_minor": 10**10, "initial_deposit_minor": 0, **usual, **facts}

    def check_request(self, path: str = TRANSFER, **options: Any) -> TestResponse:
        """One request to both, each with its own ids for what is in brackets; the reply that both gave.

        Fails when they differ.
        """
        first, second = self.replies(path, **options)
        assert said(first) == said(second), options
        noted, as_usual = self.notes[-2:]
        assert [steady(str(note)) for note in noted] == [steady(str(note)) for note in as_usual]
        assert len(noted) == 2, "one line in the log, one request counted"
        return first

    def replies(self, path: str, **options: Any) -> tuple[TestResponse, TestResponse]:
        """What either answers."""
        options = {"method": "POST", "content_type": JSON, **options}
        replies = []
        for ledger, ids in zip((self.lane, self.ordinary), self.ids, strict=True):
            self.notes.append([])
            sent = dict(options)
            if "json" in sent:
                sent["data"] = with_ids(json.dumps(sent.pop("json")), ids)
            replies.append(Client(ledger.app, TestResponse).open(with_ids(path, ids), **sent))
        first, second = replies
        return first, second

    def make(self, name: str, path: str, **changes: Any) -> None:
        """Something in both ledgers, as one of OTHER_ORDERS makes it: each keeps its own id for it."""
        who, good = OTHER_ORDERS.get(path, ("eve", {"account_id": "(eve)"}))
        for ids, reply in zip(
            self.ids, self.replies(path, json={**good, **changes}, headers=self.token_of(who)), strict=True
        ):
            assert reply.status_code == 201, reply.text
            ids[name] = reply.json["data"]["id"]

    def token_of(self, who: str) -> dict[str, str]:
        """The headers of somebody whom OTHER_ORDERS names."""
        if who == STAFF:
            return self.lane.keys.headers("0190a8c0-5f00-7a00-8000-00000000e111", role="employee")
        if who == ACQUIRER:
            return self.lane.keys.headers("acquirer", role="service", scope="cards:acquire")
        return self.accounts[who].headers

    def check(
        self, body: Any, path: str = TRANSFER, *, token: dict[str, str] | None = None, **headers: str
    ) -> TestResponse:
        """A JSON body or raw bytes, of Ada's if of nobody else's, in an ordinary request but for these headers."""
        content = {"data": body} if isinstance(body, bytes) else {"json": body}
        sent = {**(self.accounts["ada"].headers if token is None else token), **headers}
        return self.check_request(
            path, headers={name.replace("_", "-"): value for name, value in sent.items()}, **content
        )

    def transfer(self, **changes: Any) -> dict[str, Any]:
        """A good one, with these fields changed; None takes one away."""
        ada, bob = self.accounts["ada"], self.accounts["bob"]
        good = {"from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": "0.01", **changes}
        return {name: value for name, value in good.items() if value is not None}

    def good(self, path: str) -> dict[str, Any]:
        """A request that each of the three routes carries out."""
        return (
            self.transfer() if path == TRANSFER else {"account_id": self.accounts["ada"].account_id, "amount": "0.02"}
        )


@contextmanager
def twin_ledgers(folder: Path) -> Iterator[Twins]:
    """Both, with accounts of Ada's and Bob's, until the block ends."""
    facts = {"lookup_rate": f"{UNKNOWN_NUMBERS} per hour", "keys": SigningKeys()}
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    notes: list[list[Any]] = [[]]
    with (
        pytest.MonkeyPatch.context() as patch,
        open_ledger(folder / "a", **facts) as lane,
        open_ledger(folder / "b", **facts) as ordinary,
    ):
        ordinary.app.wsgi_app = ordinary.app.extensions["fast_lane"].ordinary  # type: ignore[method-assign]
        found = Twins(lane, ordinary, notes)
        _take_notes(patch, found)
        found.open("ada", number=iban(10**17 + 9_001), initial_deposit_minor=400_00)
        found.open("eve", number=iban(10**17 + 9_006), initial_deposit_minor=400_00)
        found.open("bob", number=iban(10**17 + 9_002))
        found.open("dollars", number=iban(10**17 + 9_003), currency="USD")
        for status, number in (("frozen", iban(10**17 + 9_004)), ("closed", iban(10**17 + 9_005))):
            found.open(status, number=number, owner_id=found.accounts["ada"].owner_id)
            found.status(status, status)
        assert found.check(found.transfer()).status_code == 201  # from now on her token is known
        yield found


def prepare_other_orders(twins: Twins) -> None:
    """Make in both what OTHER_ORDERS names."""
    card_id, number = new_id(), card_number()
    for ledger, ids in zip((twins.lane, twins.ordinary), twins.ids, strict=True):
        ids["eve"] = twins.accounts["eve"].account_id
        facts = {"account_id": ids["eve"], "kind": "debit", "card_number": number, "security_code": "123"}
        told = {**facts, "expires": "2099-12", **state()}
        reply = ledger.call("PUT", f"/internal/ledger/cards/{card_id}", told, headers=ledger.service)
        assert reply.status_code == 200, reply.text
        ids["card"] = card_id
    twins.make("deposit", "/api/transactions/deposit", amount="50.00")
    for name in ("captured_hold", "voided_hold"):
        twins.make(name, HOLDS, amount="20.00")
    for name in ("incremented", "captured", "reversed"):
        twins.make(name, f"{NETWORK}/authorizations", amount="20.00")
    for name in ("purchase", "disputed", "settled"):
        twins.make(name, f"{NETWORK}/clearings", amount="5.00")
    twins.make("dispute", f"{NETWORK}/disputes", transaction_id="(settled)")


def with_ids(text: str, ids: dict[str, str]) -> str:
    """The text with a ledger's own ids in it."""
    return _NAMED.sub(lambda named: ids.get(named[1], named[0]), text)


def _take_notes(patch: pytest.MonkeyPatch, twins: Twins) -> None:
    """What either twin logs and counts of a request, and what the lane answers."""

    def log(method: str, path: str, status: int, *, seconds: float, request_id: str, facts: dict[str, Any]) -> None:
        assert 0 <= seconds < 60
        twins.notes[-1].append(("log", method, path, status, request_id, facts))

    def count(method: str, endpoint: str | None, status: int, seconds: float, *, path: str) -> None:
        assert 0 <= seconds < 60
        twins.notes[-1].append(("count", method, endpoint, status, path))

    for module in (shared.http.application, shared.http.fast_lane):
        patch.setattr(module, "log_request", log)
        patch.setattr(module, "observe", count)
    answer = shared.http.fast_lane.FastLane._answer

    def noted(*call: Any) -> Any:
        status, headers, body = answer(*call)
        twins.by_lane.append(status)
        return status, headers, body

    patch.setattr(shared.http.fast_lane.FastLane, "_answer", noted)
