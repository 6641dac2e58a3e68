"""A database server of its own to measure the bank on, and what it does by itself with transactions of the same kind.

It keeps what it has said to be stored, as SQLite does in the bank's own files: nothing of its durability is turned off.
"""

import re
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
from benchmarks.programs import program, run_program, surroundings_of
from shared.services import BACKENDS

KINDS = ("postgresql", "mariadb")
_OF_POSTGRESQL = ("postgresql", "patroni")
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
        return "pgbench, TPC-B-like" if self._is_postgresql else "mysqlslap, TPC-B-like"

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
        return self._pgbench(count) if self._is_postgresql else self._mysqlslap(count)

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

    @property
    def _is_postgresql(self) -> bool:
        return self.kind in _OF_POSTGRESQL

    def _make_database(self, name: str) -> None:
        self._ask(f"CREATE DATABASE {name}")

    def _pgbench(self, count: int) -> float:
        reach = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, "simple_bank"]
        if not self._ask("SELECT 1 FROM pg_database WHERE datname = 'simple_bank'"):
            self._make_database("simple_bank")
            self._run(program("pgbench"), "--initialize", "--quiet", f"--scale={_BRANCHES}", *reach)
        shape = [f"--client={CLIENTS}", "--jobs=2", f"--transactions={count // CLIENTS}", "--protocol=prepared"]
        said = self._run(program("pgbench"), "--no-vacuum", *shape, *reach)
        return _number(r"tps = ([\d.]+)", said)

    def _mysqlslap(self, count: int) -> float:
        if not self._ask("SHOW DATABASES LIKE 'simple_bank'"):
            self._make_database("simple_bank")
            self._ask("; ".join(("USE simple_bank", *_SLAP_SCHEMA)))
        shape = [f"--concurrency={CLIENTS}", f"--number-of-queries={count * len(_SLAP_TRANSACTION)}", "--delimiter=;"]
        what = ["--create-schema=simple_bank", "--no-drop", f"--query={';'.join(_SLAP_TRANSACTION)}"]
        said = self._run(program("mysqlslap"), "--no-defaults", *self._as_client(), *shape, *what)
        return count / _number(r"Average number of seconds to run all queries: ([\d.]+)", said)

    def _ask(self, statement: str) -> str:
        if self._is_postgresql:
            reach = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER]
            return self._run(program("psql"), "-X", "-q", "-t", "-A", *reach, "-c", statement, "postgres").strip()
        return self._run(program("mariadb"), "--no-defaults", *self._as_client(), "-N", "-e", statement).strip()

    def _as_client(self) -> list[str]:
        return ["--host=127.0.0.1", f"--port={self.port}", f"--user={_USER}", "--skip-ssl"]

    def _run(self, *command: str) -> str:
        return run_program(*command, **self.surroundings)


@contextmanager
def database_server(kind: str) -> Iterator[DatabaseServer]:
    """A new server on this machine while the block runs. Raises RuntimeError when it cannot be had."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="sandbank-bench-database-") as home:
        folder = Path(home)
        surroundings = surroundings_of(folder, "postgres" if kind == "postgresql" else "mysql")
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
    plain = [f"--username={_USER}", "--auth=trust", "--locale=C.UTF-8"]
    run_program(program("initdb"), "-D", data, *plain, **surroundings)
    settings = ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "max_connections=150"]
    return [program("postgres"), "-D", data, "-p", str(port), *(part for each in settings for part in ("-c", each))]


def _mariadb(folder: Path, port: int, surroundings: dict[str, Any]) -> list[str]:
    data = f"--datadir={folder / 'data'}"
    plain = ["--no-defaults", "--skip-test-db", "--skip-name-resolve"]
    run_program(program("mariadb-install-db"), *plain, data, **surroundings)
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
    return [program("mariadbd"), "--no-defaults", data, *places, *limits]


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"no {pattern!r} in: {text}")
    return float(found[1])
