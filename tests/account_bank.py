"""What tests of the account service stand on: its real app, the real ledger behind it, and a register of people.

The ledger is called over HTTP and can be made to fail as a ledger does: away, or done but its reply lost. The register
answers as auth's internal routes do; tests/contract holds the account service's client against the real auth.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from account_service.app import create_app
from account_service.context import AccountContext
from account_service.products import changes
from account_service.settings import Settings
from shared.identifiers import new_id
from shared.storage.database import Database
from tests import databases
from tests.keys import SigningKeys
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.live_services import serving
from tests.told_cards import ToldCards

ACCOUNT_SCOPES = "users:read passwords:check ledger:accounts ledger:clock feed:read"
PASSWORD = "everybody has this one here"
Person = dict[str, Any]


@dataclass
class Weather:
    """What goes wrong in front of the real ledger. `lose_replies`: how many more calls are carried out unanswered.

    `cannot_answer` and `does_not_have` are ids of accounts and cards that changes fail over, or that it does not know.
    """

    is_away: bool = False
    lose_replies: int = 0
    calls: list[str] = field(default_factory=list)
    cannot_answer: set[str] = field(default_factory=set)
    does_not_have: set[str] = field(default_factory=set)
    before_call: Callable[[str], None] | None = None


class StormyLedger:
    """The ledger's WSGI app, in that weather."""

    def __init__(self, app: Any, weather: Weather) -> None:
        self._app = app
        self._weather = weather

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self._weather.calls.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if self._weather.before_call is not None:
            self._weather.before_call(environ["PATH_INFO"])
        if self._weather.is_away:
            return _unavailable(start_response)
        is_change = environ["PATH_INFO"].startswith(("/internal/ledger/accounts", "/internal/ledger/cards"))
        asked = f"{environ['PATH_INFO']} {_body(environ)}" if is_change else ""
        if any(account_id in asked for account_id in self._weather.cannot_answer):
            return _error(start_response, "500 Internal Server Error", "INTERNAL_ERROR")
        if any(account_id in asked for account_id in self._weather.does_not_have):
            return _error(start_response, "404 Not Found", "NOT_FOUND")
        if self._weather.lose_replies:
            self._weather.lose_replies -= 1
            reply = self._app(environ, lambda *_: None)
            list(reply)
            getattr(reply, "close", lambda: None)()  # a reply of the fast lane has nothing to close
            return _unavailable(start_response)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer


def _body(environ: dict[str, Any]) -> str:
    """The request's body, which can be read again."""
    raw: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(raw)
    return raw.decode()


def _unavailable(start_response: Callable[..., Any]) -> Iterable[bytes]:
    return _error(start_response, "503 Service Unavailable", "SERVICE_UNAVAILABLE")


def _error(start_response: Callable[..., Any], status: str, code: str) -> Iterable[bytes]:
    told = {"success": False, "message": "No.", "error_code": code, "details": {}, "request_id": None}
    body = json.dumps(told).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def people_register(people: dict[str, Person]) -> Flask:
    """Auth's `/internal/users` over this dictionary."""
    app = Flask("people")

    @app.get("/internal/users/<user_id>")
    def one(user_id: str) -> Any:
        if user_id not in people:
            return {"success": False, "message": "No.", "error_code": "NOT_FOUND", "details": {}}, 404
        return {"success": True, "data": people[user_id]}

    @app.post("/internal/users/<user_id>/password")
    def password(user_id: str) -> Any:
        if request.get_json()["password"] != PASSWORD:
            return {"success": False, "message": "No.", "error_code": "WRONG_PASSWORD", "details": {}}, 400
        return {"success": True, "data": {"is_right": user_id in people}}

    @app.post("/internal/users/lookup")
    def several() -> Any:
        found = [people[user_id] for user_id in request.get_json()["ids"] if user_id in people]
        return {"success": True, "data": found}

    return app


@dataclass
class AccountBank:
    """A small bank: the account service's app, and the real ledger behind it."""

    app: OpenAPI
    keys: SigningKeys
    people: dict[str, Person]
    weather: Weather
    ledger: LedgerUnderTest
    told: ToldCards

    @property
    def context(self) -> AccountContext:
        found: AccountContext = self.app.extensions["context"]
        return found

    @property
    def database(self) -> Database:
        return self.context.database

    def person(self, full_name: str = "Jane Doe", *, status: str = "active", synthetic: bool = False) -> str:
        user_id = new_id()
        self.people[user_id] = {
            "id": user_id,
            "username": f"user-{user_id[-6:]}",
            "full_name": full_name,
            "email": f"{user_id[-6:]}@example.org",
            "role": "customer",
            "status": status,
            "synthetic": synthetic,
        }
        return user_id

    def call(self, method: str, path: str, user_id: str, body: Any = None, **options: Any) -> TestResponse:
        """One request to the account service; `role`, `scope` and `key` (Idempotency-Key) are options.

        The path is one of `/api/accounts`, or a whole one.
        """
        headers = self.keys.headers(user_id, role=options.get("role", "customer"), scope=options.get("scope", ""))
        if options.get("key") is not None:
            headers["Idempotency-Key"] = options["key"]
        whole = path if path.startswith("/api/") else f"/api/accounts{path}"
        return self.app.test_client().open(whole, method=method, json=body, headers=headers)

    def products(self, method: str = "GET", path: str = "", body: Any = None, *, role: str = "admin") -> TestResponse:
        """One request about products; with a role, by somebody who has it."""
        headers = self.keys.headers(new_id(), role=role) if role else {}
        return self.app.test_client().open(f"/api/products{path}", method=method, json=body, headers=headers)

    def staff(self, method: str, path: str, body: Any = None, role: str = "employee") -> TestResponse:
        return self.call(method, path, new_id(), body, role=role)

    def simulation(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call(method, path, "simulator-service", body, role="service", scope="bank:simulate", **options)

    def internal(self, method: str, path: str, body: Any = None, scope: str = "feed:read") -> TestResponse:
        headers = self.keys.headers("reporting-service", role="service", scope=scope)
        return self.app.test_client().open(f"/internal{path}", method=method, json=body, headers=headers)

    def opened(self, user_id: str, **facts: Any) -> dict[str, Any]:
        """A new account of this person."""
        reply = self.call("POST", "/create", user_id, {"account_type": "checking", **facts})
        assert reply.status_code == 201, reply.json
        account: dict[str, Any] = reply.json["data"]
        return account

    def card(self, user_id: str, account_id: str, **facts: Any) -> dict[str, Any]:
        """A new card of this person's account."""
        reply = self.call("POST", "/api/cards/create", user_id, {"account_id": account_id, **facts})
        assert reply.status_code == 201, reply.json
        card: dict[str, Any] = reply.json["data"]
        return card

    def withdraw(self, user_id: str, account_id: str, amount: str) -> None:
        body = {"account_id": account_id, "amount": amount}
        reply = self.ledger.call("POST", "/api/transactions/withdraw", body, headers=self.keys.headers(user_id))
        assert reply.status_code == 201

    def entries(self) -> list[dict[str, Any]]:
        """The ledger's whole journal."""
        reply = self.ledger.call("GET", "/internal/journal", headers=self.ledger.service)
        rows: list[dict[str, Any]] = reply.json["data"]
        return rows

    def events(self) -> list[dict[str, Any]]:
        """The account service's whole feed."""
        rows: list[dict[str, Any]] = self.internal("GET", "/events").json["data"]
        return rows


@contextmanager
def account_bank(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[AccountBank]:
    """Such a bank, its databases in this folder. The ledger's oracle is asked when the block ends."""
    people: dict[str, Person] = {}
    weather = Weather()
    with (
        open_ledger(folder) as ledger,
        serving(StormyLedger(told := ToldCards(ledger.app), weather)) as ledger_url,
        serving(people_register(people)) as auth_url,
    ):
        monkeypatch.setenv("TRANSACTION_SERVICE_URL", ledger_url)
        monkeypatch.setenv("AUTH_SERVICE_URL", auth_url)
        app = account_app(folder, ledger.keys, **settings)
        bank = AccountBank(app, ledger.keys, people, weather, ledger, told)
        changes.tell(bank.context)  # as the recoverer of a bank that runs does when it starts
        weather.calls.clear()
        yield bank
        ledger.check()
        bank.database.close()


def account_app(folder: Path, keys: SigningKeys, **settings: Any) -> OpenAPI:
    """The account service's app on its database in this folder; a second one is a second process, nearly."""
    return create_app(
        Settings(databases.url_of(folder / "accounts.db"), card_key="a key of tests", **settings),
        keys=keys,
        token=lambda: keys.token("account-service", role="service", scope=ACCOUNT_SCOPES),
    )
