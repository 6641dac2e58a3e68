"""A bank to measure: all services on free ports, in a folder of its own, started and stopped as a user would."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.services import SERVICES

PROJECT = Path(__file__).parent.parent
START_SECONDS = 60
STOP_SECONDS = 30
_ACCOUNTS_PER_PERSON = "1000"
PASSWORD = "measure-the-bank-1"


class LogIn:
    """Somebody's access token, a new one before it runs out: what is measured may take longer than a token lives."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        self._credentials = {"username": username, "password": password}
        self._token, self._renew_at = "", float("-inf")

    @property
    def token(self) -> str:
        """For the next minute at least."""
        if time.monotonic() > self._renew_at:
            data = call(self._url, "POST", "/api/auth/login", self._credentials)["data"]
            self._token, self._renew_at = data["access_token"], time.monotonic() + data["expires_in"] / 2
        return self._token


@dataclass(frozen=True)
class Bank:
    """A running bank: where it is, its administrator, and how long it took to start."""

    url: str
    folder: Path
    started_in_seconds: float
    admin: LogIn
    environment: dict[str, str]

    @property
    def admin_token(self) -> str:
        """The administrator's."""
        return self.admin.token

    def call(self, method: str, path: str, payload: object = None, token: str | None = None) -> dict[str, Any]:
        """One JSON request through the gateway. Raises HTTPError for anything but 2xx."""
        return call(self.url, method, path, payload, token)


def call(url: str, method: str, path: str, payload: object = None, token: str | None = None) -> dict[str, Any]:
    """One JSON request. Raises HTTPError for anything but 2xx."""
    request = urllib.request.Request(url + path, method=method)  # noqa: S310 (our own address on the loopback)
    request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    body = None if payload is None else json.dumps(payload).encode()
    with urllib.request.urlopen(request, body, timeout=60) as reply:  # noqa: S310
        answer: dict[str, Any] = json.load(reply)
        return answer


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_bank(**settings: str) -> Iterator[Bank]:
    """Start a bank without its demo world, and stop it."""
    with tempfile.TemporaryDirectory(prefix="sandbank-bench-") as folder:
        ports = {f"{service.env_prefix}_PORT": str(free_port()) for service in SERVICES}
        of_bench = {"BANK_DATA_DIR": folder, "BANK_ACCOUNTS_PER_PERSON": _ACCOUNTS_PER_PERSON}
        environment = {**os.environ, **ports, **settings, **of_bench}
        log = Path(folder) / "orchestrator.log"
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "run_services.py", "--no-demo"],
                cwd=PROJECT,
                env=environment,
                stdout=output,
                stderr=output,
            )
        try:
            _wait_until_ready(process, log)
            seconds = time.monotonic() - started
            url = f"http://127.0.0.1:{ports['GATEWAY_PORT']}"
            admin = json.loads((Path(folder) / "credentials.json").read_text())["admin"]
            log_in = LogIn(url, admin["username"], admin["password"])
            yield Bank(url, Path(folder), seconds, log_in, environment)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=STOP_SECONDS)


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        lines = log.read_text(errors="replace").splitlines()
        if "ready" in map(str.strip, lines):
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"the bank did not start:\n{log.read_text(errors='replace')[-2000:]}")
