"""A whole bank as people run it: `python run_services.py` on free ports, with a data directory of its own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from shared.services import GATEWAY, SERVICES, Service
from tests.bank_processes import ROOT, wait_until
from tests.free_ports import free_ports

READY_SECONDS = 120.0
STOP_SECONDS = 40.0


class RunningBank:
    """`run_services.py` in a process of its own session; what it printed is in `output`."""

    def __init__(self, folder: Path, data_name: str = "data", **settings: str) -> None:
        self.data = folder / data_name
        self.data.mkdir()
        self._output = folder / "output"
        self._config = folder / "cli"
        self._process: subprocess.Popen[bytes] | None = None
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self.ports = {service.name: port for service, port in ports.items()}
        self.environment = {
            **os.environ,
            **{f"{service.env_prefix}_PORT": str(port) for service, port in ports.items()},
            "BANK_DATA_DIR": str(self.data),
            **settings,
        }

    def start(self, *arguments: str) -> None:
        """Start it; what an earlier start printed is forgotten."""
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "run_services.py", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "start it first"
        return self._process

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def wait_for(self, pattern: str, timeout_seconds: float = READY_SECONDS) -> re.Match[str]:
        """Wait until the output has a line like this; fails when the process ends before that."""

        def has_come() -> bool:
            if re.search(pattern, self.output, re.MULTILINE):
                return True
            assert self.process.poll() is None, self.output
            return False

        try:
            wait_until(has_come, timeout_seconds)
        except AssertionError:
            raise AssertionError(f"no {pattern!r} in:\n{self.output}") from None
        found = re.search(pattern, self.output, re.MULTILINE)
        assert found is not None
        return found

    def wait_until_ready(self) -> None:
        self.wait_for("^ready$")

    def stop(self) -> int:
        """SIGTERM, as `kill` sends it; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the orchestrator alone."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """SIGKILL to whatever is left, the orchestrator first so that it starts nothing again."""
        if self._process is not None:
            self.kill()
        for pid in self.left_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def left_running(self) -> list[int]:
        """The ids of this bank's processes, whoever their parent is now: those started with its data directory."""
        mark = f"BANK_DATA_DIR={self.data}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in entry.read_bytes().split(b"\0"):
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found

    def run_file(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return content

    def pid_of(self, service: Service) -> int | None:
        pid: int | None = self.run_file()["services"][service.name]["pid"]
        return pid

    def credentials(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.data / "credentials.json").read_text())
        return content

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[GATEWAY.name]}"

    def ask(
        self, method: str, path: str, payload: object = None, *, token: str = "", key: str = "", timeout: float = 30
    ) -> tuple[int, dict[str, Any]]:
        """One call through the gateway: status and body. Raises requests.RequestException when nothing answers."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        reply = requests.request(method, self.url + path, json=payload, headers=headers, timeout=timeout)
        return reply.status_code, reply.json()

    def data_of(self, method: str, path: str, payload: object = None, *, token: str = "") -> Any:
        """The `data` of a call that must succeed."""
        status, body = self.ask(method, path, payload, token=token)
        assert status in (200, 201, 202), body
        return body["data"]

    def log_in(self, who: dict[str, str]) -> str:
        """An access token for a log-in of credentials.json."""
        credentials = {"username": who["username"], "password": who["password"]}
        return str(self.data_of("POST", "/api/auth/login", credentials)["access_token"])

    def sandbank(self, *arguments: str, password: str = "") -> Any:
        """What the `sandbank` command answers with --json; it must succeed."""
        environment = {**self.environment, "SANDBANK_URL": self.url, "SANDBANK_CONFIG_DIR": str(self._config)}
        if password:
            environment["SANDBANK_PASSWORD"] = password
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments, "--json"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)["data"]
