"""A database server of its own to measure the bank on, and what it does by itself with transactions of the same kind.

It keeps what it has said to be stored, as SQLite does in the bank's own files: nothing of its durability is turned off.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bank import free_port
from benchmarks.money import CLIENTS
from benchmarks.processes import cpu_seconds, tree
from shared.services import BACKENDS

KINDS = ("postgresql", "mariadb")
_USER = "sandbank"
_BRANCHES = 16
"""Of the simple bank: as many as clients, so that few wait for one another's rows."""
_START_SECONDS = 60
_SLAP_SCHEMA = (
    "CREATE TABLE branches (id INT PRIMARY KEY, balance INT NOT NULL)",
    "CREATE TABLE tellers (id INT PRIMARY KEY, balance INT NOT NULL)",
    "CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)",
    "CREATE TABLE history (id BIGINT PRIMARY KEY AUTO_INCREMENT, account INT, teller INT, branch INT, at DATETIME)",
    "INSERT INTO branches SELECT seq, 0 FROM seq_1_to_16",
    "INSERT INTO tellers SELECT seq, 0 FROM seq_1_to_160",
    "INSERT INTO accounts SELECT seq, 0 FROM seq_1_to_100000",
)
_SLAP_TRANSACTION = (
    "SET @a = 1 + FLOOR(RAND() * 100000), @t = 1 + FLOOR(RAND() * 160), @b = 1 + (@t - 1) DIV 10",
    "START TRANSACTION",
    "UPDATE accounts SET balance = balance + 1 WHERE id = @a",
    "SELECT balance FROM accounts WHERE id = @a",
    "UPDATE tellers SET balance = balance + 1 WHERE id = @t",
    "UPDATE branches SET balance = balance + 1 WHERE id = @b",
    "INSERT INTO history (account, teller, branch, at) VALUES (@a, @t, @b, NOW())",
    "COMMIT",
)
"""What pgbench does: TPC-B's deposit."""


@dataclass(frozen=True)
class DatabaseServer:
    """One that runs. `surroundings`: as whom and where its programs run."""

    kind: str
    port: int
    pid: int
    surroundings: dict[str, Any]

    @property
    def yardstick(self) -> str:
        """What `small_transactions` measures with, in the words of the table."""
        return "pgbench, TPC-B-like" if self.kind == "postgresql" else "mysqlslap, TPC-B-like"

    def settings(self) -> dict[str, str]:
        """What puts every service of a bank on it, each in a database that is made here."""
        urls = {}
        for service in BACKENDS:
            self._make_database(service.package)
            urls[f"{service.env_prefix}_DATABASE_URL"] = (
                f"{self.kind}://{_USER}@127.0.0.1:{self.port}/{service.package}"
            )
        return urls

    def small_transactions(self, count: int) -> float:
        """So many by as many clients as the bank has in `make bench`; transactions a second."""
        return self._pgbench(count) if self.kind == "postgresql" else self._mysqlslap(count)

    def cpu_seconds(self) -> float:
        """Processor time that its processes have taken, but for those that have ended."""
        return sum(cpu_seconds(pid) for pid in tree(self.pid))

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            self._ask("SELECT 1")
        except RuntimeError:
            return False
        return True

    def _make_database(self, name: str) -> None:
        self._ask(f"CREATE DATABASE {name}")

    def _pgbench(self, count: int) -> float:
        reach = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, "simple_bank"]
        if not self._ask("SELECT 1 FROM pg_database WHERE datname = 'simple_bank'"):
            self._make_database("simple_bank")
            self._run(_program("pgbench"), "--initialize", "--quiet", f"--scale={_BRANCHES}", *reach)
        shape = [f"--client={CLIENTS}", "--jobs=2", f"--transactions={count // CLIENTS}", "--protocol=prepared"]
        said = self._run(_program("pgbench"), "--no-vacuum", *shape, *reach)
        return _number(r"tps = ([\d.]+)", said)

    def _mysqlslap(self, count: int) -> float:
        if not self._ask("SHOW DATABASES LIKE 'simple_bank'"):
            self._make_database("simple_bank")
            self._ask("; ".join(("USE simple_bank", *_SLAP_SCHEMA)))
        shape = [f"--concurrency={CLIENTS}", f"--number-of-queries={count * len(_SLAP_TRANSACTION)}", "--delimiter=;"]
        what = ["--create-schema=simple_bank", "--no-drop", f"--query={';'.join(_SLAP_TRANSACTION)}"]
        said = self._run(_program("mysqlslap"), "--no-defaults", *self._as_client(), *shape, *what)
        return count / _number(r"Average number of seconds to run all queries: ([\d.]+)", said)

    def _ask(self, statement: str) -> str:
        if self.kind == "postgresql":
            reach = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER]
            return self._run(_program("psql"), "-X", "-q", "-t", "-A", *reach, "-c", statement, "postgres").strip()
        return self._run(_program("mariadb"), "--no-defaults", *self._as_client(), "-N", "-e", statement).strip()

    def _as_client(self) -> list[str]:
        return ["--host=127.0.0.1", f"--port={self.port}", f"--user={_USER}", "--skip-ssl"]

    def _run(self, *command: str) -> str:
        return _run(*command, **self.surroundings)


@contextmanager
def database_server(kind: str) -> Iterator[DatabaseServer]:
    """A new server on this machine while the block runs. Raises RuntimeError when it cannot be had."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="sandbank-bench-database-") as home:
        folder = Path(home)
        surroundings = _surroundings(folder, "postgres" if kind == "postgresql" else "mysql")
        command = (_postgresql if kind == "postgresql" else _mariadb)(folder, port, surroundings)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, **surroundings)
        server = DatabaseServer(kind, port, process.pid, surroundings)
        try:
            until = time.monotonic() + _START_SECONDS
            while not server.answers():
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((folder / "log").read_text()[-2000:])
                time.sleep(0.1)
            yield server
        finally:
            process.send_signal(signal.SIGINT if kind == "postgresql" else signal.SIGTERM)
            process.wait()


def _postgresql(folder: Path, port: int, surroundings: dict[str, Any]) -> list[str]:
    """Make its files; the command that starts it."""
    data = str(folder / "data")
    _run(_program("initdb"), "-D", data, f"--username={_USER}", "--auth=trust", "--locale=C.UTF-8", **surroundings)
    settings = ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "max_connections=150"]
    return [_program("postgres"), "-D", data, "-p", str(port), *(part for each in settings for part in ("-c", each))]


def _mariadb(folder: Path, port: int, surroundings: dict[str, Any]) -> list[str]:
    data = f"--datadir={folder / 'data'}"
    _run(_program("mariadb-install-db"), "--no-defaults", data, "--skip-test-db", "--skip-name-resolve", **surroundings)
    let_in = folder / "let-in.sql"
    let_in.write_text(f"CREATE USER {_USER}@'127.0.0.1';\nGRANT ALL ON *.* TO {_USER}@'127.0.0.1';\n")
    let_in.chmod(0o644)
    places = [
        f"--port={port}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        f"--init-file={let_in}",
    ]
    limits = ["--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=150"]
    return [_program("mariadbd"), "--no-defaults", data, *places, *limits]


def _surroundings(folder: Path, account: str) -> dict[str, Any]:
    """Neither server runs as root; there it has its own account."""
    if os.getuid() != 0:
        return {"cwd": "/"}
    shutil.chown(folder, account, account)
    return {"cwd": "/", "user": account, "group": account, "extra_groups": []}


def _program(name: str) -> str:
    """Its path. Debian puts servers beside the path, of PostgreSQL several releases."""
    beside = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*beside, os.environ.get("PATH", os.defpath), "/usr/sbin"]))
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


def _run(*command: str, **surroundings: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, **surroundings
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"no {pattern!r} in: {text}")
    return float(found[1])
