"""A gateway over TCP whose services are servers of the test's."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3

from gateway.app import create_app
from gateway.settings import Settings
from tests.live_services import serving
from tests.scripted_server import Script, ScriptedServer, scripted

TRANSFER = "/api/transactions/transfer"


class Gateway:
    """A gateway whose ledger is a server of the test's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(retries=False)

    def ask(
        self, method: str = "GET", path: str = TRANSFER, **options: Any
    ) -> tuple[urllib3.BaseHTTPResponse, dict[str, Any]]:
        reply = self._pool.request(method, self.url + path, timeout=20, **options)
        is_json = reply.headers.get("Content-Type", "").startswith("application/json")
        return reply, json.loads(reply.data) if is_json and reply.data else {}

    def close(self) -> None:
        self._pool.clear()


@contextmanager
def gateway(settings: Settings | None = None) -> Iterator[Gateway]:
    app = create_app(settings or Settings())
    with serving(app) as url:
        front = Gateway(url)
        try:
            yield front
        finally:
            front.close()
    app.extensions["close_gateway"]()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Script], ScriptedServer]]:
    """Starts the server that stands where the ledger stands."""
    with_servers = []

    def start(script: Script) -> ScriptedServer:
        context = scripted(script)
        server = context.__enter__()
        with_servers.append(context)
        monkeypatch.setenv("TRANSACTION_SERVICE_URL", server.url)
        return server

    yield start
    for context in with_servers:
        context.__exit__(None, None, None)


StartLedger = Callable[[Script], ScriptedServer]
