"""A real Consul agent on free ports of this machine, which can go away and come back having forgotten everything."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.bank_processes import wait_until
from tests.free_ports import free_ports
from tests.needs import program


class ConsulAgent:
    """`consul agent -dev`: everything in memory. `port` is that of its HTTP API."""

    def __init__(self, folder: Path) -> None:
        self._program = program("consul")
        self._log = folder / "consul.log"
        self.port, self._server, self._lan, self._wan = free_ports(4)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, knowing nobody."""
        ports = {"http": self.port, "server": self._server, "serf-lan": self._lan, "serf-wan": self._wan}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._program,
                    "agent",
                    "-dev",
                    "-bind=127.0.0.1",
                    "-client=127.0.0.1",
                    "-dns-port=-1",
                    "-grpc-port=-1",
                ]
                + [f"-{name}-port={port}" for name, port in ports.items()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._has_leader, 60)

    def stop(self) -> None:
        """Away, without a goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, path: str) -> Any:
        return requests.get(f"http://127.0.0.1:{self.port}/v1/{path}", timeout=5).json()

    def register(self, name: str, registration: str, address: str, port: int) -> None:
        """An instance of the test's, without a check: it is healthy."""
        service = {"Name": name, "ID": registration, "Address": address, "Port": port}
        requests.put(
            f"http://127.0.0.1:{self.port}/v1/agent/service/register", json=service, timeout=5
        ).raise_for_status()

    def maintain(self, registration: str, *, reason: str = "", is_over: bool = False) -> None:
        """Take a registered instance out, or back in, as an operator does by Consul's own API."""
        wanted = {"enable": "false"} if is_over else {"enable": "true", "reason": reason}
        address = f"http://127.0.0.1:{self.port}/v1/agent/service/maintenance/{registration}"
        requests.put(address, params=wanted, timeout=5).raise_for_status()

    def passing(self) -> dict[str, tuple[str, int]]:
        """Where each service is whose check passes, by name."""
        found = {}
        for name in self.ask("catalog/services"):
            for node in self.ask(f"health/service/{name}?passing=true"):
                found[name] = (node["Service"]["Address"], node["Service"]["Port"])
        found.pop("consul", None)
        return found

    def _has_leader(self) -> bool:
        try:
            return bool(self.ask("status/leader"))
        except (requests.RequestException, ValueError):
            return False


@contextmanager
def consul_agent(folder: Path) -> Iterator[ConsulAgent]:
    """It runs while the block does. Skips the test where there is no consul."""
    agent = ConsulAgent(folder)
    try:
        agent.start()
        yield agent
    finally:
        agent.stop()
