"""A real auth app on a real SQLite file, with a few calls that most tests about identity make.

Hashing is cheap here (the product's default is not), and time is made to pass by moving every stored instant back.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask_openapi3 import OpenAPI
from sqlalchemy import update
from werkzeug.test import TestResponse

from auth_service import models
from auth_service.app import create_app
from auth_service.context import AuthContext
from auth_service.settings import Settings
from shared.services import SERVICES
from shared.time.clock import MICROSECONDS
from tests import databases
from tests.password_cost import CHEAP_HASH

PASSWORD = "plain sailing on tuesdays"
HOME = "192.0.2.1"
ELSEWHERE = "198.51.100.7"
SECRETS = {service.name: f"secret of {service.name}" for service in SERVICES}

_INSTANTS = (
    (models.User, ("created_at",)),
    (models.UserSession, ("created_at", "last_used_at", "expires_at", "ended_at")),
    (models.RefreshToken, ("expires_at", "used_at")),
    (models.FailedGuesses, ("last_failure_at", "blocked_until")),
    (models.KnownDevice, ("last_seen_at",)),
    (models.StoredKey, ("signs_from",)),
    (models.Revocation, ("created_at", "issued_before")),
)


@dataclass(frozen=True)
class SignedIn:
    """What a client holds after signing in."""

    user_id: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.access_token}"}


@dataclass
class AuthUnderTest:
    """The app and its settings. A client is made per call, so threads may share this."""

    app: OpenAPI
    settings: Settings

    @property
    def context(self) -> AuthContext:
        """What the use cases work with."""
        found: AuthContext = self.app.extensions["context"]
        return found

    def call(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        headers: dict[str, str] | None = None,
        address: str = HOME,
    ) -> TestResponse:
        """One request from this address; the payload may hold what the bank's own renderer refuses to write."""
        return self.app.test_client().open(
            path,
            method=method,
            data=None if payload is None else json.dumps(payload),
            content_type=None if payload is None else "application/json",
            headers=headers,
            environ_base={"REMOTE_ADDR": address},
        )

    def register(self, username: str = "ada", *, address: str = HOME, **facts: object) -> dict[str, Any]:
        """A new customer."""
        payload = {"username": username, "email": f"{username}@example.test", "password": PASSWORD, **facts}
        reply = self.call("POST", "/api/auth/register", payload, address=address)
        assert reply.status_code == 201, reply.text
        user: dict[str, Any] = reply.json["data"]
        return user

    def login(self, username: str, password: str = PASSWORD, *, address: str = HOME, **headers: str) -> TestResponse:
        """Try to sign in."""
        payload = {"username": username, "password": password}
        return self.call("POST", "/api/auth/login", payload, address=address, headers=headers)

    def sign_in(self, username: str = "ada", password: str = PASSWORD, *, address: str = HOME) -> SignedIn:
        """Sign in."""
        reply = self.login(username, password, address=address)
        assert reply.status_code == 200, reply.text
        data = reply.json["data"]
        return SignedIn(data["user"]["id"], data["access_token"], data["refresh_token"])

    def admin(self) -> SignedIn:
        """The bank's first administrator, signed in."""
        return self.sign_in(self.settings.admin_username, self.settings.admin_password)

    def employee(self) -> SignedIn:
        """An employee, signed in."""
        payload = {"username": "teller", "email": "teller@example.test", "password": PASSWORD, "role": "employee"}
        made = self.call("POST", "/api/auth/users", payload, headers=self.admin().headers)
        assert made.status_code == 201, made.text
        return self.sign_in("teller")

    def service(self, name: str) -> dict[str, str]:
        """Headers of one of the bank's services acting for itself."""
        reply = self.call("POST", "/api/auth/token", {"client_id": name, "client_secret": SECRETS[name]})
        assert reply.status_code == 200, reply.text
        return {"Authorization": f"Bearer {reply.json['data']['access_token']}"}

    def refresh(self, refresh_token: str) -> TestResponse:
        """Exchange a refresh token."""
        return self.call("POST", "/api/auth/refresh", {"refresh_token": refresh_token})

    def profile_status(self, signed_in: SignedIn) -> int:
        """200 while the access token is good."""
        return self.call("GET", "/api/auth/profile", headers=signed_in.headers).status_code

    def events(self, event_type: str | None = None) -> list[dict[str, Any]]:
        """The whole feed, or its events of one type."""
        reply = self.call("GET", "/internal/events?limit=2000", headers=self.service("account-service"))
        return [row for row in reply.json["data"] if event_type in (None, row["type"])]

    def let_pass(self, seconds: float) -> None:
        """Make everything stored this much older. Access tokens that clients hold do not age."""
        delta = int(seconds * MICROSECONDS)
        with self.context.database.write() as connection:
            for table, names in _INSTANTS:
                connection.execute(update(table).values({name: getattr(table, name) - delta for name in names}))


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Settings of a bank in this folder, quick to hash."""
    settings = Settings(
        database_url=databases.url_of(folder / "auth.db"),
        data_dir=folder,
        client_secrets=SECRETS,
        admin_password="nobody guesses this either",
        password_method=CHEAP_HASH,
        is_supervised=True,
    )
    return replace(settings, **changes)


@contextmanager
def open_auth(folder: Path, **changes: Any) -> Iterator[AuthUnderTest]:
    """Auth on `folder/auth.db`; opened again on the same folder it finds what was there."""
    settings = settings_in(folder, **changes)
    app = create_app(settings, in_background=False)
    try:
        yield AuthUnderTest(app, settings)
    finally:
        app.extensions["database"].close()
