"""The web bank over a whole bank of real services, with weather in front of its ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from shared import services
from shared.services import Service
from tests.account_bank import StormyLedger, Weather
from tests.apps import Bank, whole_bank
from tests.live_services import serving
from tests.oracle import check_ledger
from tests.pages import Browser

PASSWORD = "a long and quiet afternoon"
_numbers = count(1)


@dataclass
class Customer(Browser):
    """Somebody who is signed in, at their browser."""

    bank: Bank = field(repr=False)
    username: str
    user_id: str = ""

    def ask(self, service: Service, method: str, path: str, payload: object = None) -> Any:
        """One request of theirs to the API itself; what it answered."""
        headers = self.bank.headers(user_id=self.user_id)
        reply = self.bank.client(service).open(path, method=method, json=payload, headers=headers)
        assert reply.status_code < 300, reply.text
        return reply.json["data"]

    def opened(self, **facts: str) -> dict[str, Any]:
        """A new account of theirs."""
        account: dict[str, Any] = self.ask(
            services.ACCOUNT, "POST", "/api/accounts/create", {"account_type": "checking", **facts}
        )
        return account

    def balance(self, account: dict[str, Any]) -> str:
        """What one of their accounts holds now."""
        return str(self.ask(services.ACCOUNT, "GET", f"/api/accounts/details/{account['id']}")["balance"])

    def movements(self) -> list[dict[str, Any]]:
        """Their completed transactions, newest first."""
        found: list[dict[str, Any]] = self.ask(
            services.TRANSACTION, "GET", "/api/transactions/list?status=completed&limit=200"
        )
        return found


@dataclass
class WebBank:
    """The bank, and what goes wrong in front of its ledger."""

    bank: Bank
    weather: Weather

    def browser(self) -> Browser:
        """A browser that has never been here."""
        return Browser(self.bank.client(services.GATEWAY))

    def customer(self, full_name: str = "Ada Lovelace") -> Customer:
        """A new customer, registered and signed in on the pages."""
        username = f"customer{next(_numbers)}"
        person = Customer(self.bank.client(services.GATEWAY), self.bank, username)
        person.open("/register")
        person.send(
            "/register",
            303,
            full_name=full_name,
            email=f"{username}@example.org",
            username=username,
            password=PASSWORD,
        )
        with person.client.session_transaction() as session:
            person.user_id = session["user"]["id"]
        return person

    def employee(self) -> Browser:
        """Somebody who works here, signed in."""
        username = f"clerk{next(_numbers)}"
        person = {"username": username, "email": f"{username}@example.org", "password": PASSWORD, "role": "employee"}
        made = self.bank.client(services.AUTH).post(
            "/api/auth/users", json={**person, "full_name": "Clara Clerk"}, headers=self.bank.headers("admin")
        )
        assert made.status_code == 201, made.text
        browser = self.browser()
        browser.open("/login")
        browser.send("/login", 303, username=username, password=PASSWORD)
        return browser

    def staff(self, service: Service, method: str, path: str, payload: object = None) -> None:
        """An employee does this."""
        reply = self.bank.client(service).open(path, method=method, json=payload, headers=self.bank.headers("employee"))
        assert reply.status_code < 300, reply.text


@contextmanager
def open_web_bank(folder: Path) -> Iterator[WebBank]:
    """Such a bank, its databases in this folder. The ledger's oracle is asked when the block ends."""
    with whole_bank(folder) as bank, pytest.MonkeyPatch.context() as environment:
        weather = Weather()
        with serving(StormyLedger(bank.apps[services.TRANSACTION.package], weather)) as ledger_url:
            environment.setenv("TRANSACTION_SERVICE_URL", ledger_url)
            yield WebBank(bank, weather)
        check_ledger(folder / "transaction_service.db", [])
