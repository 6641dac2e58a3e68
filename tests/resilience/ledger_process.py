"""The ledger as a real process that can be killed, and clients that ask again with the same key until answered."""

import http.client
import json
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.identifiers import new_id
from tests import databases
from tests.forked_server import ForkedServer
from tests.free_ports import free_port
from tests.key_server import KeyServer
from tests.keys import SigningKeys
from tests.ledgers import iban

READY_SECONDS = 90
ANSWER_SECONDS = 60


@dataclass
class LedgerProcess:
    """`python -m shared.server transaction_service` (or another module) on a folder of its own."""

    folder: Path
    entry: tuple[str, ...] = ("shared.server", "transaction_service")
    environment: dict[str, str] = field(default_factory=dict)
    keys: SigningKeys = field(default_factory=SigningKeys)
    port: int = field(default_factory=free_port)
    starts: int = 0
    opened: int = 0
    numbers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key_server = KeyServer(self.keys)
        scope = "ledger:accounts ledger:read feed:read"
        self.service = self.keys.headers("account-service", role="service", scope=scope, life_seconds=7200)
        self._server: ForkedServer | None = None

    @property
    def database(self) -> Path:
        """The ledger's file, or what stands for its database on a server."""
        return self.folder / "transaction_service.db"

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {
            **os.environ,
            "BANK_DATA_DIR": str(self.folder),
            "TRANSACTION_PORT": str(self.port),
            "TRANSACTION_DATABASE_URL": databases.url_of(self.database),
            "AUTH_SERVICE_URL": self.key_server.url,
            **self.environment,
        }
        module, *arguments = self.entry
        self._server = ForkedServer(module, arguments, environment, self.folder / "ledger.log")
        self.starts += 1
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when it answers. Raises TimeoutError with its log when it does not."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                status, _ = self.once("GET", "/api/health")
                if status == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError((self.folder / "ledger.log").read_text()[-3000:])

    def kill(self) -> None:
        """SIGKILL to the server and its workers, at once."""
        assert self._server is not None
        self._server.kill()

    def stop(self) -> None:
        """End it as an orchestrator would."""
        if self._server is not None and self._server.is_running:
            self._server.signal(signal.SIGTERM)
            self._server.wait(30)
        self.key_server.close()

    def once(
        self, method: str, path: str, payload: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """One request on a connection of its own. Raises OSError or HTTPException when no whole answer comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            body = None if payload is None else json.dumps(payload)
            sent = {**(headers or {}), "Content-Type": "application/json"}
            connection.request(method, path, body, sent)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def until_answered(
        self, method: str, path: str, payload: object, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """The same request again and again until a final answer: what a careful client does."""
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            try:
                status, body = self.once(method, path, payload, headers)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)
                continue
            if status not in (503, 504):
                return status, body
            time.sleep(0.02)
        raise TimeoutError(f"no answer to {method} {path}")

    def open_accounts(self, count: int, deposit_minor: int, **facts: object) -> list[tuple[str, dict[str, str]]]:
        """Accounts with money in them: (account id, the owner's headers)."""
        opened = []
        for _ in range(count):
            self.opened += 1
            account_id, owner_id = new_id(), new_id()
            number = self.numbers[account_id] = iban(10**17 + self.port * 10**6 + self.opened)
            payload = {
                "owner_id": owner_id,
                "account_number": number,
                "holder_name": "Ada Lovelace",
                "account_type": "checking",
                "currency": "EUR",
                "movement_limit_minor": 10**9,
                "daily_limit_minor": 10**12,
                "initial_deposit_minor": deposit_minor,
                "opened_by": owner_id,
                **facts,
            }
            status, _ = self.once("PUT", f"/internal/ledger/accounts/{account_id}", payload, self.service)
            assert status == 200
            opened.append((account_id, self.keys.headers(owner_id, life_seconds=7200)))
        return opened

    def proof(self) -> list[dict[str, str]]:
        """What the ledger itself finds wrong."""
        _, body = self.once("GET", "/internal/ledger/proof", headers=self.service)
        findings: list[dict[str, str]] = body["data"]["findings"]
        return findings
