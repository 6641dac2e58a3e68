"""The bank of docker-compose.yml under a project name and on a port of its own, driven as a person drives it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import yaml

from shared.services import AUTH
from tests.bank_processes import ROOT, wait_until
from tests.free_ports import free_port

BUILD_SECONDS = 1800
UP_SECONDS = 900.0
READY_SECONDS = 240.0
AWAY_SECONDS = 30.0
TRIES = 3
PORTS = ("GATEWAY_PORT", "TLS_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT", "JAEGER_PORT")
PORT_IS_TAKEN = ("address already in use", "port is already allocated")


def program() -> list[str]:
    """The command, whichever of its two forms is installed. Skips the test without one, or without a Docker daemon."""
    commands: tuple[list[str], ...] = (["docker", "compose"], ["docker-compose"])
    found = next((command for command in commands if _works(*command, "version")), None)
    if found is None:
        pytest.skip("docker-compose is not installed: apt-get install docker-compose")
    if not _works("docker", "info"):
        pytest.skip("no Docker daemon answers")
    return found


def _works(*words: str) -> bool:
    return shutil.which(words[0]) is not None and not subprocess.run(words, capture_output=True, check=False).returncode


class Stack:
    """Containers that are up; `say` prints what a person reading the output wants to know."""

    def __init__(self, command: list[str], profiles: str = "") -> None:
        self._command = command
        self.profiles = profiles.split(",")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BANK_")},
            "COMPOSE_PROJECT_NAME": f"sandbank-test-{os.getpid()}-{profiles.replace(',', '-')}".rstrip("-"),
            "COMPOSE_HTTP_TIMEOUT": "600",  # a daemon that copies whole layers removes them slowly
            "COMPOSE_PROFILES": profiles,
        }
        self._said_before = ""
        self._choose_port()

    @property
    def url(self) -> str:
        """Where the gateway's port is published now."""
        return f"http://127.0.0.1:{self._environment['GATEWAY_PORT']}"

    @property
    def prometheus_url(self) -> str:
        """Where Prometheus is published, with the profile `observability`."""
        return f"http://127.0.0.1:{self._environment['PROMETHEUS_PORT']}"

    @property
    def tls_url(self) -> str:
        """Where nginx is published, with the profile `tls`."""
        return f"https://localhost:{self._environment['TLS_PORT']}"

    def up(self, *options: str) -> None:
        """Start every container and wait until all are healthy.

        On another port when the one chosen was taken meanwhile, by whatever else runs on this machine: nothing holds a
        port for containers that are down.
        """
        for left in reversed(range(TRIES)):
            words = ("up", "-d", "--no-build", *options, *self._named())
            done = self._try(*words, timeout_seconds=UP_SECONDS)
            if done.returncode == 0:
                break
            assert left, _what_went_wrong(done)
            assert any(said in done.stderr for said in PORT_IS_TAKEN), _what_went_wrong(done)
            self.say(f"port {self._environment['GATEWAY_PORT']} is taken: another one")
            self._choose_port()
        self.wait_until_healthy()

    def down(self) -> None:
        """Remove every container and keep the volumes; what the containers said is remembered."""
        self._said_before = self.said()
        self.run("down")
        self._choose_port()

    def said(self) -> str:
        """All that the containers have written, those that were removed by `down` too."""
        return self._said_before + self.run("logs", "--no-color")

    def run(self, *words: str, timeout_seconds: float = 300) -> str:
        """What `docker-compose WORDS` prints; it must succeed."""
        done = self._try(*words, timeout_seconds=timeout_seconds)
        assert done.returncode == 0, _what_went_wrong(done)
        return done.stdout

    def attempt(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`docker-compose WORDS`, which may fail."""
        return self._try(*words, timeout_seconds=300)

    def _try(self, *words: str, timeout_seconds: float) -> subprocess.CompletedProcess[str]:
        self.say(f"$ docker-compose {' '.join(words)}")
        return subprocess.run(
            [*self._command, *words],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )

    def _named(self) -> list[str]:
        """The containers by their names, where some have no image: `SANDBANK_TEST_WITHOUT` leaves those out."""
        without = os.environ.get("SANDBANK_TEST_WITHOUT", "").split()
        if not without:
            return []
        containers = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        chosen = {name for name, one in containers.items() if set(one.get("profiles", ())) <= set(self.profiles)}
        return sorted(chosen - set(without))

    def _choose_port(self) -> None:
        for name in PORTS:
            self._environment[name] = str(free_port())

    def say(self, text: str) -> None:
        print(text, flush=True)

    def wait_until_healthy(self) -> None:
        """Until the gateway says so of every service."""
        wait_until(lambda: self.health().get("status") == "healthy", READY_SECONDS)
        self.say(f"GET /health: {json.dumps(self.health())}")

    def wait_until_ended(self, container: str) -> str:
        """Until what runs once has ended well; what it said."""

        def code() -> str:
            every = ["-a"] if self._command[0] == "docker" else []  # the older program shows those that ended anyway
            found = self.run("ps", "-q", *every, container).strip()
            command = [
                str(shutil.which("docker")),
                "inspect",
                "--format",
                "{{.State.Status}} {{.State.ExitCode}}",
                found,
            ]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

        wait_until(lambda: code().startswith("exited"), READY_SECONDS)
        said = self.run("logs", "--no-color", container)
        assert code() == "exited 0", said
        return said

    def log_ins(self) -> dict[str, str]:
        """Passwords by user name, as the documentation says to ask for them."""
        shown = self.run("run", "--rm", "-T", "demo-world", "--passwords")
        rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if "│" in line]
        return {username: password for _, username, password in rows}

    def health(self) -> dict[str, Any]:
        """What the gateway says of all; nothing while it does not answer."""
        try:
            found: dict[str, Any] = requests.get(f"{self.url}/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return {}
        return found

    def ask(self, method: str, path: str, payload: object = None, *, token: str = "", key: str = "") -> Any:
        """The data of a call through the published port; it must succeed."""
        return self.send(method, path, payload, token=token, key=key).json()["data"]

    def send(
        self, method: str, path: str, payload: object = None, *, token: str = "", key: str = ""
    ) -> requests.Response:
        """A call through the published port; it must succeed, if only when it is asked again.

        Where everything was started again at once, registry and database server too, services may find one another a
        little later than each is healthy: whoever can ask twice does, as the reply says (503).
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        is_repeatable = method == "GET" or bool(key)
        give_up_at = time.monotonic() + AWAY_SECONDS
        while True:
            reply = requests.request(method, self.url + path, json=payload, headers=headers, timeout=60)
            if reply.status_code != 503 or not is_repeatable or time.monotonic() > give_up_at:
                break
            self.say(f"{method} {path}: {reply.json()['message']}")
            time.sleep(float(reply.headers["Retry-After"]))
        assert reply.status_code in (200, 201, 202), reply.text
        return reply

    def log_in(self, username: str, password: str) -> str:
        """An access token."""
        token = self.ask("POST", "/api/auth/login", {"username": username, "password": password})["access_token"]
        self.say(f"{username} is logged in")
        return str(token)

    def admin_password(self) -> str:
        """As the documentation says to find it."""
        line = self.run("exec", "-T", AUTH.name, "grep", "BANK_ADMIN_PASSWORD", "/secrets/environment")
        return line.strip().partition("=")[2]


def _what_went_wrong(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout[-4000:] + done.stderr[-8000:]


@contextmanager
def running_stack(profiles: str = "") -> Iterator[Stack]:
    """Built and started; taken down with its volumes at the end, and what the containers said is shown on a failure."""
    stack = Stack(program(), profiles)
    try:
        stack.run("build", timeout_seconds=BUILD_SECONDS)
        stack.up()
        yield stack
    except BaseException:
        stack.say(stack.run("ps", "-a")[-6000:])
        stack.say(stack.run("logs", "--tail=40")[-20_000:])
        raise
    finally:
        stack.run("down", "--volumes", "--remove-orphans")
