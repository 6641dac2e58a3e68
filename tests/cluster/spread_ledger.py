"""One ledger whose requests go to three writers in turn, each of which prefers another server of the cluster."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from tests import copied_databases, databases
from tests.bank_processes import wait_until
from tests.keys import SigningKeys
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.oracle import Acknowledged, check_ledger

WRITERS = 3
CATCH_UP_SECONDS = 60


class Cluster(Protocol):
    """What benchmarks.galera and benchmarks.patroni start."""

    def make_database(self, name: str) -> None: ...
    def url(self, database: str, *, first: int = 0) -> str: ...
    def url_at(self, number: int, database: str) -> str: ...


@dataclass(frozen=True)
class OneServer:
    """A server of the cluster, as `databases` asks for it."""

    cluster: Cluster
    number: int

    def create(self, name: str) -> str:
        """The database of this name, at this server."""
        self.cluster.make_database(name)
        return self.cluster.url_at(self.number, name)


@dataclass
class SpreadLedger(LedgerUnderTest):
    """`apps`: the three, of which `app` is the first."""

    cluster: Cluster = field(kw_only=True)
    apps: list[OpenAPI] = field(kw_only=True)
    turns: Iterator[int] = field(default_factory=count)

    def call(
        self, method: str, path: str, payload: object = None, *, headers: dict[str, str], key: str | None = None
    ) -> TestResponse:
        """One request to the app whose turn it is."""
        sent = {**headers, "Idempotency-Key": key} if key is not None else headers
        app = self.apps[next(self.turns) % len(self.apps)]
        return app.test_client().open(path, method=method, json=payload, headers=sent)

    def check_everywhere(self, acknowledged: list[Acknowledged] | None = None) -> dict[str, int]:
        """The ledger's own proof, and the oracle at each server, which all have the same."""
        counts = self.check(acknowledged)
        for number in range(WRITERS):
            with databases.standing_on(OneServer(self.cluster, number)):
                wait_until(lambda: self._has_entries(counts["entries"]), CATCH_UP_SECONDS)
                assert check_ledger(self.path, acknowledged or []) == counts, f"at server {number}"
        return counts

    def at(self, number: int) -> "SpreadLedger":
        """The same, asked of the writer that prefers this server."""
        app = self.apps[number]
        return SpreadLedger(app, self.path, self.keys, cluster=self.cluster, apps=[app])

    def answers_at_each(self) -> bool:
        """Whether each of the apps finds a server that answers."""
        asked = [self.call("GET", "/internal/ledger/proof", headers=self.service) for _ in self.apps]
        return all(reply.status_code == 200 for reply in asked)

    def check_each_pays(self) -> None:
        """Assert that somebody is paid by each of the writers."""
        payer, payee = self.open_account(deposit_minor=10_000), self.open_account()
        assert [payer.pay(payee, "1.00").status_code for _ in self.apps] == [201] * len(self.apps)

    def _has_entries(self, count: int) -> bool:
        """Whether the server in use has as many: it may be a moment behind."""
        with databases.snapshot_of(self.path) as connection:
            return connection.exec_driver_sql("SELECT COUNT(*) FROM entries").scalar_one() == count


@contextmanager
def open_spread_ledger(folder: Path, cluster: Cluster, **facts: Any) -> Iterator[SpreadLedger]:
    """A new ledger on the cluster, its tables made step by step as a bank does it."""
    keys = SigningKeys()
    with ExitStack() as opened, pytest.MonkeyPatch.context() as environment:
        environment.delenv(copied_databases.FOLDER)
        opened.enter_context(databases.standing_on(OneServer(cluster, 0)))
        name = str(make_url(databases.url_of(folder / "ledger.db")).database)
        apps = [
            opened.enter_context(
                open_ledger(folder, keys=keys, database_url=cluster.url(name, first=number), **facts)
            ).app
            for number in range(WRITERS)
        ]
        yield SpreadLedger(apps[0], folder / "ledger.db", keys, cluster=cluster, apps=apps)
