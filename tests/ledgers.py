"""A real ledger app on a real SQLite file, with a few calls that most tests about money make."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from shared.identifiers import new_id
from tests import databases
from tests.keys import SigningKeys
from tests.oracle import Acknowledged, check_ledger
from transaction_service.app import create_app
from transaction_service.settings import Settings

_numbers = count(10**17)


def iban(number: int) -> str:
    """An account number with the right check digits."""
    return f"DE{98 - int(f'{number}131400') % 97:02d}{number}"


@dataclass
class LedgerUnderTest:
    """The app, its file and its keys. `clients` of Flask are made per call, so threads may share this."""

    app: OpenAPI
    path: Path
    keys: SigningKeys
    service: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        scope = "ledger:accounts ledger:read feed:read bank:reset"
        self.service = self.keys.headers("account-service", role="service", scope=scope)

    def open_account(self, owner_id: str | None = None, *, deposit_minor: int = 0, **facts: Any) -> "Holder":
        """A new account; its owner, made up if not given."""
        owner_id, account_id = owner_id or new_id(), new_id()
        number = iban(next(_numbers))
        payload = {
            "owner_id": owner_id,
            "account_number": number,
            "holder_name": "Ada Lovelace",
            "account_type": "checking",
            "currency": "EUR",
            "movement_limit_minor": 10**8,
            "daily_limit_minor": 10**10,
            "initial_deposit_minor": deposit_minor,
            "opened_by": owner_id,
            **facts,
        }
        reply = self.call("PUT", f"/internal/ledger/accounts/{account_id}", payload, headers=self.service)
        assert reply.status_code == 200, reply.text
        return Holder(self, owner_id, account_id, number, self.keys.headers(owner_id))

    def call(
        self, method: str, path: str, payload: object = None, *, headers: dict[str, str], key: str | None = None
    ) -> TestResponse:
        """One request to the app."""
        sent = {**headers, "Idempotency-Key": key} if key is not None else headers
        return self.app.test_client().open(path, method=method, json=payload, headers=sent)

    def staff(self, role: str = "employee") -> dict[str, str]:
        """Headers of somebody who works here."""
        return self.keys.headers(new_id(), role=role)

    def balance_minor(self, account_id: str) -> int:
        """What the ledger says the account holds."""
        reply = self.call("POST", "/internal/ledger/balances", {"account_ids": [account_id]}, headers=self.service)
        return int(reply.json["data"][0]["balance"].replace(".", ""))

    def check(self, acknowledged: list[Acknowledged] | None = None) -> dict[str, int]:
        """The oracle, and the ledger's own proof beside it."""
        proof = self.call("GET", "/internal/ledger/proof", headers=self.service).json
        assert proof["data"]["findings"] == []
        return check_ledger(self.path, acknowledged or [])


@dataclass(frozen=True)
class Holder:
    """An account and the person who owns it."""

    ledger: LedgerUnderTest
    owner_id: str
    account_id: str
    number: str
    headers: dict[str, str]

    @property
    def balance_minor(self) -> int:
        """What the account holds."""
        return self.ledger.balance_minor(self.account_id)

    def pay(self, to: "Holder", amount: str, *, key: str | None = None, **more: object) -> TestResponse:
        """Transfer to another account."""
        payload = {"from_account_id": self.account_id, "to_account_id": to.account_id, "amount": amount, **more}
        return self.ledger.call("POST", "/api/transactions/transfer", payload, headers=self.headers, key=key)

    def deposit(self, amount: object, *, key: str | None = None, **more: object) -> TestResponse:
        """Put money in."""
        return self._one_sided("deposit", amount, key, more)

    def withdraw(self, amount: object, *, key: str | None = None, **more: object) -> TestResponse:
        """Take money out."""
        return self._one_sided("withdraw", amount, key, more)

    def _one_sided(self, action: str, amount: object, key: str | None, more: dict[str, object]) -> TestResponse:
        payload = {"account_id": self.account_id, "amount": amount, **more}
        return self.ledger.call("POST", f"/api/transactions/{action}", payload, headers=self.headers, key=key)


@contextmanager
def open_ledger(
    folder: Path, *, keys: SigningKeys | None = None, database_url: str = "", **facts: Any
) -> Iterator[LedgerUnderTest]:
    """A ledger on `folder/ledger.db`; opened again on the same folder it finds what was there.

    `database_url`: another way to the same database.
    """
    path = folder / "ledger.db"
    keys = keys or SigningKeys()
    app = create_app(
        Settings(database_url or databases.url_of(path), reconcile_seconds=0, card_key="a key of tests", **facts),
        keys=keys,
    )
    try:
        yield LedgerUnderTest(app, path, keys)
    finally:
        app.extensions["context"].close()
        app.extensions["context"].database.close()
