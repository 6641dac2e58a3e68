"""Every service's real app, in this process, on temporary SQLite files, wired to each other over HTTP as in the bank.

A service that is added to `shared.services` is built here without a line of its own: its `create_app` takes `settings`
(read from the environment) and, when it verifies tokens, `keys`.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from account_service.products import changes
from auth_service.context import AuthContext
from shared import services
from shared.events.feeds import FeedConsumer
from shared.identifiers import new_id
from shared.identity.access import Access
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.services import Service
from shared.storage.database import Database
from tests.keys import SigningKeys
from tests.live_services import serving

_QUIET = {"in_background": False}


@dataclass(frozen=True)
class Route:
    """One method of one rule of a service, with the access that its view declares."""

    service: Service
    method: str
    rule: Rule
    access: Access

    def __str__(self) -> str:
        return f"{self.service.package} {self.method} {self.rule.rule}"

    def path(self, **ids: str) -> str:
        """The path with these ids in place of its parameters; fresh ones, of nothing there is, where none is given."""
        path = self.rule.rule
        for name in self.rule.arguments:
            for converter in ("", "string:", "path:"):
                path = path.replace(f"<{converter}{name}>", ids.get(name) or new_id())
        return path


@dataclass(frozen=True)
class Bank:
    """All apps by package; `keys` signs tokens that every one of them believes."""

    apps: dict[str, Flask]
    keys: SigningKeys

    def client(self, service: Service) -> FlaskClient:
        """A client of this service's own port: nothing stands between."""
        return self.apps[service.package].test_client()

    def routes(self, service: Service) -> list[Route]:
        """What the service answers to, but for the HEAD and OPTIONS that Flask adds."""
        app = self.apps[service.package]
        return [
            Route(service, method, rule, app.view_functions[rule.endpoint].access)  # type: ignore[attr-defined]
            for rule in app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]

    def protected_routes(self, service: Service) -> list[Route]:
        """Those that need a token."""
        return [route for route in self.routes(service) if not route.access.is_public]

    def headers(self, role: str = "customer", *, user_id: str | None = None, **options: Any) -> dict[str, str]:
        """The Authorization header of somebody with this role."""
        return self.keys.headers(user_id or new_id(), role=role, **options)

    def readers(self) -> list[FeedConsumer]:
        """Whoever only reads feeds: the inbox and reporting."""
        discovery = Discovery()
        inbox = self.apps[services.NOTIFICATION.package].extensions["context"].consumers.values()
        token = ServiceToken(services.NOTIFICATION, discovery)
        reporting = self.apps[services.REPORTING.package].extensions["context"]
        following: list[FeedConsumer] = [*reporting.consumers.values(), *reporting.audit_consumers.values()]
        people = self.apps[services.NOTIFICATION.package].extensions["context"].people.feed_consumer(discovery, token)
        pulling = [consumer.feed_consumer(discovery, token, people) for consumer in inbox]
        return [people, *pulling, *following]

    def settle(self) -> None:
        """Let the readers of feeds take in a page of what is new, as their background threads would."""
        for reader in self.readers():
            reader.pull()

    @property
    def databases(self) -> dict[str, Database]:
        """Each service's database, by package."""
        return {package: found for package, app in self.apps.items() for found in _databases(app)}


@contextmanager
def whole_bank(folder: Path) -> Iterator[Bank]:
    """Every service of the bank, its files in this folder. Background threads stay off; nobody logs in by magic."""
    with pytest.MonkeyPatch.context() as environment, ExitStack() as opened:
        environment.setenv("BANK_DATA_DIR", str(folder))
        environment.setenv("BANK_RECONCILE_SECONDS", "0")
        keys = SigningKeys()
        apps: dict[str, Flask] = {}
        for service in (services.AUTH, *(one for one in services.SERVICES if one is not services.AUTH)):
            app = apps[service.package] = build(service, keys)
            opened.callback(close, app)
            if service is services.AUTH:
                _sign_like(app.extensions["context"], keys)
            if service.path_prefixes:
                environment.setenv(f"{service.env_prefix}_SERVICE_URL", opened.enter_context(serving(app)))
        changes.tell(apps[services.ACCOUNT.package].extensions["context"])  # as the recoverer does when it starts
        yield Bank(apps, keys)


def build(service: Service, keys: SigningKeys) -> Flask:
    """One service's app, with the settings of the environment and these keys."""
    create_app: Callable[..., Flask] = import_module(f"{service.package}.app").create_app
    options = {**_QUIET, "keys": keys}
    accepted = inspect.signature(create_app).parameters
    return create_app(**{name: value for name, value in options.items() if name in accepted})


def close(app: Flask) -> None:
    """Stop the ledger's threads and give connections back, to databases and to services."""
    stop = getattr(app.extensions.get("context"), "close", None) or app.extensions.get("close_gateway")
    if stop is not None:
        stop()
    for database in _databases(app):
        database.close()


def _databases(app: Flask) -> list[Database]:
    held = [getattr(extension, "database", extension) for extension in app.extensions.values()]
    return list({id(one): one for one in held if isinstance(one, Database)}.values())


def _sign_like(context: AuthContext, keys: SigningKeys) -> None:
    """Auth alone has keys of its own: the tests' signer takes its place in its ring, as long as nobody changes it."""
    (published,) = context.keys.key_set()
    keys.kid = published["kid"]
    keys.private_key = context.keys._private[keys.kid]
    keys.published = context.keys.key_set
