"""The whole bank as processes of its own: every service under its real server, on free ports, with a data folder apart.

For tests that kill a service and start it again, which a test client inside the test's process cannot show.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import urllib3

from shared.services import GATEWAY, SERVICES, Service
from tests.forked_server import ForkedServer
from tests.free_ports import free_ports

ROOT = Path(__file__).parent.parent
START_TIMEOUT_SECONDS = 90.0
STOP_TIMEOUT_SECONDS = 40.0
_STEP_SECONDS = 0.1


class BankProcesses:
    """Services that can be started, killed and asked. `data` is the bank's data folder.

    Each calls `first` before it begins. What they print goes to `logs`.
    """

    def __init__(self, data: Path, *, first: Callable[[], object] | None = None, logs: Path | None = None) -> None:
        self.data = data
        self._first = first
        self._logs = logs or data
        self._ports = dict(zip((service.name for service in SERVICES), free_ports(len(SERVICES)), strict=True))
        self._running: dict[str, ForkedServer] = {}
        self._pool = urllib3.PoolManager(retries=False)

    def start(self, *services: Service) -> None:
        """Start these services and return when each is healthy."""
        for service in services:
            log = self._logs / f"{service.package}.out"
            self._running[service.name] = ForkedServer(
                "shared.server", [service.package], self.environment(), log, first=self._first
            )
        for service in services:
            path = "/health" if service == GATEWAY else "/api/health"
            wait_until(partial(self._answers, self.url(service) + path), START_TIMEOUT_SECONDS)

    def kill(self, service: Service) -> None:
        """SIGKILL the service and its workers."""
        self._running.pop(service.name).kill()

    def stop(self, service: Service) -> None:
        """SIGTERM the service, and wait until it has ended by itself."""
        process = self._running.pop(service.name)
        process.terminate()
        process.wait(STOP_TIMEOUT_SECONDS)
        process.kill()

    def end(self) -> None:
        """SIGKILL to everything that still runs: what is asked afterwards is what the disk holds."""
        for process in self._running.values():
            process.signal(signal.SIGKILL)
        for process in self._running.values():
            process.kill()
        self._running.clear()

    def url(self, service: Service) -> str:
        """The service's address."""
        return f"http://127.0.0.1:{self._ports[service.name]}"

    def ask(
        self, method: str, path: str, payload: object = None, *, token: str = "", key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """One call through the gateway: status and body."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        if key:
            headers["Idempotency-Key"] = key
        body = None if payload is None else json.dumps(payload)
        reply = self._pool.request(method, self.url(GATEWAY) + path, body=body, headers=headers, timeout=30)
        return reply.status, json.loads(reply.data)

    def log_in(self, username: str, password: str) -> str:
        """An access token."""
        status, body = self.ask("POST", "/api/auth/login", {"username": username, "password": password})
        assert status == 200, body
        return str(body["data"]["access_token"])

    def admin_token(self) -> str:
        """The administrator's, from the log-in that auth made at its first start."""
        admin = json.loads((self.data / "credentials.json").read_text())["admin"]
        return self.log_in(admin["username"], admin["password"])

    def _answers(self, address: str) -> bool:
        try:
            return self._pool.request("GET", address, timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def environment(self) -> dict[str, str]:
        """What each of its processes is told."""
        ports = {f"{service.env_prefix}_PORT": str(self._ports[service.name]) for service in SERVICES}
        return {**os.environ, **ports, "BANK_DATA_DIR": str(self.data), "BANK_LOG_DIR": str(self._logs / "logs")}


@contextmanager
def bank_processes(
    data: Path,
    services: Sequence[Service] = SERVICES,
    *,
    first: Callable[[], object] | None = None,
    logs: Path | None = None,
) -> Iterator[BankProcesses]:
    """A bank that runs while the block does; afterwards nothing is left running."""
    bank = BankProcesses(data, first=first, logs=logs)
    try:
        bank.start(*[service for service in services if service != GATEWAY])
        if GATEWAY in services:
            bank.start(GATEWAY)
        yield bank
    finally:
        bank.end()


def wait_until(is_so: Callable[[], bool], timeout_seconds: float) -> None:
    """Return as soon as it is so; fails the test when it is not so in time.

    Where no time is claimed it is a generous one: other tests run beside this one.
    """
    deadline = time.monotonic() + timeout_seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(_STEP_SECONDS)
