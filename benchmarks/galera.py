"""Three MariaDB servers on this machine that are one Galera cluster: to measure the bank on, and for tests/cluster.

Each keeps on disk what it has said to be stored. What they say to one another goes over the loopback only.
"""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.programs import program, run_program, surroundings_of

_NODES, _PORTS_OF_A_NODE = 3, 4
PORTS = _NODES * _PORTS_OF_A_NODE
PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
_USER = "sandbank"
_START_SECONDS, _STOP_SECONDS = 90, 60
_SETTINGS = """\
[mysqld]
datadir = {data}
socket = {folder}/socket
pid-file = {folder}/pid
log-error = {folder}/log.err
port = {port}
bind-address = 127.0.0.1
skip-name-resolve
max-connections = 150
performance-schema = off
innodb-log-file-size = 64M
innodb-autoinc-lock-mode = 2
binlog-format = ROW
default-storage-engine = InnoDB
wsrep-on = ON
wsrep-provider = {provider}
wsrep-cluster-name = sandbank
wsrep-cluster-address = gcomm://{members}
wsrep-node-name = node{number}
wsrep-node-address = 127.0.0.1
wsrep-node-incoming-address = 127.0.0.1:{port}
wsrep-sst-method = rsync
wsrep-sst-receive-address = 127.0.0.1:{copy_port}
wsrep-provider-options = "gmcast.listen_addr=tcp://127.0.0.1:{group_port};ist.recv_addr=127.0.0.1:{catch_up_port};\
gcache.dir={data};gcache.size=64M"
"""


def is_installed() -> bool:
    """Whether Debian's galera-4 is there."""
    return PROVIDER.exists()


@dataclass
class Node:
    """One server of the cluster. `port`: where clients reach it."""

    number: int
    folder: Path
    ports: Sequence[int]
    surroundings: dict[str, Any]
    process: "subprocess.Popen[bytes] | None" = field(init=False, default=None)

    @property
    def port(self) -> int:
        """Where clients reach it."""
        return self.ports[0]

    @property
    def pid(self) -> int:
        """Its process. Raises RuntimeError when it has none."""
        if self.process is None:
            raise RuntimeError(f"node {self.number} does not run")
        return self.process.pid

    def install(self, members: str) -> None:
        """Write its settings and an empty database."""
        self.folder.mkdir()
        surroundings_of(self.folder, "mysql")
        _, group, catch_up, copy = self.ports
        said = _SETTINGS.format(
            folder=self.folder,
            data=self.folder / "data",
            number=self.number,
            provider=PROVIDER,
            members=members,
            port=self.port,
            group_port=group,
            catch_up_port=catch_up,
            copy_port=copy,
        )
        self._settings.write_text(said)
        self._settings.chmod(0o644)
        data = f"--datadir={self.folder / 'data'}"
        plain = ["--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal"]
        run_program(program("mariadb-install-db"), "--no-defaults", data, *plain, **self.surroundings)

    def start(self, *options: str) -> None:
        """Start it, and return when it has all that the others have. Raises RuntimeError with its log."""
        command = [program("mariadbd"), f"--defaults-file={self._settings}", *options]
        quiet: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        self.process = subprocess.Popen(command, **quiet, **self.surroundings)
        self.wait_until(lambda: self.status("wsrep_local_state_comment") == "Synced")

    def start_again(self) -> None:
        """Start it after it was killed: it catches up with what it missed, from where its own files end."""
        self.start(f"--wsrep-start-position={self.recovered_position()}")

    def recovered_position(self) -> str:
        """Where its own files end after it was killed: the cluster's id, a colon, and the last transaction's number."""
        command = [program("mariadbd"), f"--defaults-file={self._settings}", "--wsrep-recover"]
        log = self.folder / "recovered.err"
        log.unlink(missing_ok=True)
        run_program(*command, f"--log-error={log}", **self.surroundings)
        found = re.search(r"Recovered position: (\S+)", log.read_text(errors="replace"))
        if found is None:
            raise RuntimeError(log.read_text(errors="replace")[-2000:])
        return found[1]

    def start_alone(self) -> None:
        """Start it as the first of a cluster that was killed as a whole."""
        position = self.recovered_position()
        state = self.folder / "data" / "grastate.dat"
        state.write_text(state.read_text().replace("safe_to_bootstrap: 0", "safe_to_bootstrap: 1"))
        self.start("--wsrep-new-cluster", f"--wsrep-start-position={position}")

    def kill(self) -> None:
        """SIGKILL: as if its machine were gone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End it in order; kill it where that takes too long."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def isolate(self, *, is_cut_off: bool) -> None:
        """Cut it off from the other servers, though not from its clients; or let it back."""
        self.ask(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={int(is_cut_off)}'")

    def status(self, name: str) -> str:
        """One of its status variables; empty while it does not answer."""
        try:
            return self.ask(f"SHOW GLOBAL STATUS LIKE '{name}'").partition("\t")[2]
        except RuntimeError:
            return ""

    def ask(self, statement: str) -> str:
        """What it answers, as text. Raises RuntimeError."""
        reach = ["--no-defaults", f"--socket={self.folder / 'socket'}", "--user=root", "--connect-timeout=5"]
        return run_program(program("mariadb"), *reach, "-N", "-e", statement, **self.surroundings).strip()

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Return as soon as it is so. Raises RuntimeError with its log when it ends or takes too long."""
        give_up_at = time.monotonic() + _START_SECONDS
        while not is_so():
            has_ended = self.process is not None and self.process.poll() is not None
            if has_ended or time.monotonic() > give_up_at:
                raise RuntimeError((self.folder / "log.err").read_text(errors="replace")[-4000:])
            time.sleep(0.1)

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.cnf"


class GaleraCluster:
    """Three nodes. `folder` is theirs alone; `ports` are so many that are free (`PORTS`)."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        surroundings = surroundings_of(folder, "mysql")
        self.nodes = [
            Node(number, folder / f"node{number}", ports[number * _PORTS_OF_A_NODE :][:_PORTS_OF_A_NODE], surroundings)
            for number in range(_NODES)
        ]

    def start(self) -> None:
        """Install and start all three: the first makes the cluster, the others join it."""
        members = ",".join(f"127.0.0.1:{node.ports[1]}" for node in self.nodes)
        for node in self.nodes:
            node.install(members)
        first, *others = self.nodes
        first.start("--wsrep-new-cluster")
        first.ask(f"CREATE USER {_USER}@'127.0.0.1'; GRANT ALL ON *.* TO {_USER}@'127.0.0.1' WITH GRANT OPTION")
        for node in others:
            node.start()

    def start_again(self) -> None:
        """Start all three after all were killed: first the one whose files end last, which has all that was told."""
        ends = {node.number: int(node.recovered_position().rpartition(":")[2]) for node in self.nodes}
        first, *others = sorted(self.nodes, key=lambda node: -ends[node.number])
        first.start_alone()
        for node in others:
            node.start_again()

    def stop(self) -> None:
        """Kill whatever runs."""
        for node in self.nodes:
            node.kill()

    def writer(self) -> Node:
        """The one that the ledger prefers in a benchmark."""
        return self.nodes[0]

    def pids(self) -> list[int]:
        """The process of each node."""
        return [node.pid for node in self.nodes]

    def make_database(self, name: str) -> None:
        """Make it, unless it is there, on whichever node answers."""
        node = next(node for node in self.nodes if node.status("wsrep_ready") == "ON")
        node.ask(f"CREATE DATABASE IF NOT EXISTS {name}")

    def url(self, database: str, *, first: int = 0) -> str:
        """The URL of a database that names all three nodes, beginning with this one."""
        order = [self.nodes[(first + number) % _NODES] for number in range(_NODES)]
        hosts = "&".join(f"host=127.0.0.1:{node.port}" for node in order)
        return f"mariadb://{_USER}@/{database}?{hosts}&ssl_disabled=true"

    def url_at(self, number: int, database: str) -> str:
        """The URL of a database at this node, and no other."""
        return f"mariadb://{_USER}@127.0.0.1:{self.nodes[number].port}/{database}?ssl_disabled=true"
