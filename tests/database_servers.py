"""A real PostgreSQL and a real MariaDB on free ports of this machine, each started by the first test that wants it.

They forget what they hold when the machine loses power, which tests do not make it do, and are so much quicker.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from shared.storage.database_servers import with_driver
from tests.bank_processes import wait_until
from tests.free_ports import free_port
from tests.needs import program
from tests.temporary_files import PREFIX

KINDS = ("postgresql", "mariadb")
START_TIMEOUT_SECONDS = 60
_MARIADB_SETTINGS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=64M",
    "--performance-schema=off",
    "--max-connections=300",
)
_POSTGRESQL_SETTINGS = ("listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=300")


class Home:
    """A server's folder, outside that of the run, which a server's own account cannot enter.

    Both servers refuse to run as root, so there they run as `account`. The lock tells later runs that the folder is in
    use (see `temporary_files`).
    """

    def __init__(self, account: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=Path(tempfile.gettempdir()).parent))
        self.lock = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.facts: dict[str, Any] = {"cwd": "/", "env": {**os.environ, "TMPDIR": str(self.folder)}}
        if os.getuid() == 0:
            shutil.chown(self.folder, account, account)
            self.facts |= {"user": account, "group": account, "extra_groups": []}

    def run(self, *command: str) -> None:
        """Run a command to its end."""
        done = subprocess.run(command, capture_output=True, check=False, **self.facts)
        assert done.returncode == 0, done.stderr.decode()

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start what goes on running."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.facts)

    def remove(self) -> None:
        """Forget everything in it."""
        os.close(self.lock)
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class DatabaseServer:
    """One that runs. `url` ends where the name of a database goes; `own` is a database that is there from the start."""

    kind: str
    own: str
    home: Home
    command: list[str]
    port: int
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        """Start it, or start it again; returns when it answers."""
        self.process = self.home.start(*self.command)
        try:
            wait_until(self._answers, START_TIMEOUT_SECONDS)
        except BaseException:
            self.crash()
            raise

    def crash(self) -> None:
        """End it without a word to anybody. What it has said to be stored is there when it is started again."""
        self.process.send_signal(signal.SIGQUIT if self.kind == "postgresql" else signal.SIGKILL)  # with its children
        self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes what is sent and answers nothing while the block lasts, as a machine that has no time left."""
        stopped = [self.process.pid, *_children(self.process.pid)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def remove(self) -> None:
        """End it for good."""
        self.crash()
        self.home.remove()

    @property
    def url(self) -> str:
        """Its URL, up to where the name of a database goes."""
        return f"{self.kind}://sandbank@127.0.0.1:{self.port}/"

    def create(self, name: str) -> str:
        """The URL of the database of this name, which is made if there is none.

        MariaDB's driver reads all certificates of the machine for each connection, unless it is told that there is
        nothing to encrypt.
        """
        engine = self._engine()
        with engine.connect() as connection:
            if self.kind == "mariadb":
                connection.exec_driver_sql(f"CREATE DATABASE IF NOT EXISTS `{name}`")
            elif not connection.exec_driver_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").first():
                connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        engine.dispose()
        return self.url + name + self._options

    def drop(self, url: str) -> None:
        """Forget the database of this URL."""
        engine = self._engine()
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {make_url(url).database}")
        engine.dispose()

    @property
    def _options(self) -> str:
        return "?ssl_disabled=true" if self.kind == "mariadb" else ""

    def _engine(self) -> Engine:
        url = make_url(self.url + self.own + self._options)
        return create_engine(with_driver(url), isolation_level="AUTOCOMMIT")

    def _answers(self) -> bool:
        engine = self._engine()
        try:
            with engine.connect():
                return True
        except DBAPIError:
            return False
        finally:
            engine.dispose()


def _children(parent: int) -> list[int]:
    """The processes that it has started itself: each connection of PostgreSQL's has one."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def started(kind: str) -> DatabaseServer:
    """A new server. Skips the test where its program is not installed."""
    server = _MAKERS[kind]()
    server.start()
    return server


def _postgresql() -> DatabaseServer:
    postgres = program("postgres")
    home, port = Home("postgres"), free_port()
    data = f"--pgdata={home.folder / 'data'}"
    initdb = Path(postgres).resolve().with_name("initdb")
    home.run(
        str(initdb), data, "--username=sandbank", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"
    )
    command = [postgres, "-D", str(home.folder / "data"), "-p", str(port)]
    for setting in (*_POSTGRESQL_SETTINGS, f"unix_socket_directories={home.folder}"):
        command += ["-c", setting]
    return DatabaseServer("postgresql", "postgres", home, command, port)


def _mariadb() -> DatabaseServer:
    mariadbd, install = program("mariadbd"), program("mariadb-install-db")
    home, port = Home("mysql"), free_port()
    data = f"--datadir={home.folder / 'data'}"
    home.run(install, "--no-defaults", data, "--skip-test-db", "--skip-name-resolve")
    let_in = home.folder / "let-in.sql"
    let_in.write_text(
        "CREATE OR REPLACE USER sandbank@'127.0.0.1';\nGRANT ALL ON *.* TO sandbank@'127.0.0.1' WITH GRANT OPTION;\n"
    )
    let_in.chmod(0o644)
    places = [f"--port={port}", f"--socket={home.folder / 'socket'}", f"--pid-file={home.folder / 'pid'}"]
    command = [mariadbd, "--no-defaults", data, *places, f"--init-file={let_in}", *_MARIADB_SETTINGS]
    return DatabaseServer("mariadb", "mysql", home, command, port)


_MAKERS: dict[str, Callable[[], DatabaseServer]] = {"postgresql": _postgresql, "mariadb": _mariadb}
