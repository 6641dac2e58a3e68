"""Which database the app under test stands on: a SQLite file, or one of the same name on a server.

A test that is to hold on all three says so with `pytestmark = pytest.mark.every_database`, and runs once on each; where
many tests look at much the same statements they say `databases_in_turn`, and in CI one in eight runs on each kind.
What opens an app asks `url_of(file)`, which stays the same for the same file, so that a database can be opened again.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url

from shared import services
from shared.storage.database_servers import with_driver
from shared.storage.sqlite import sqlite_driver
from tests import database_servers

SQLITE, OWN = "sqlite", "a server of the test's own"
SERVER_KINDS = database_servers.KINDS
EVERY_KIND = (SQLITE, *SERVER_KINDS)


class Server(Protocol):
    """What runs databases. `create`: the URL of the one of this name, which is made if there is none."""

    def create(self, name: str) -> str: ...


class _Stage:
    """The kind in use, and the servers that run for this process."""

    kind = SQLITE
    servers: dict[str, Any] = {}  # noqa: RUF012 (one for the process)


@contextmanager
def using(kind: str) -> Iterator[None]:
    """Apps that are opened in the block stand on a database of this kind."""
    if kind != SQLITE and kind not in _Stage.servers:
        _Stage.servers[kind] = database_servers.started(kind)
    _Stage.kind = kind
    try:
        yield
    finally:
        _Stage.kind = SQLITE


@contextmanager
def standing_on(server: Server) -> Iterator[None]:
    """The same on a server of the test's own."""
    before = _Stage.kind, _Stage.servers.get(OWN)
    _Stage.kind, _Stage.servers[OWN] = OWN, server
    try:
        yield
    finally:
        _Stage.kind, server_before = before
        del _Stage.servers[OWN]
        if server_before is not None:
            _Stage.servers[OWN] = server_before


def stop_servers() -> None:
    """End every server that was started."""
    while _Stage.servers:
        _Stage.servers.popitem()[1].remove()


def server() -> Any:
    """The server in use."""
    return _Stage.servers[_Stage.kind]


def url_of(file: Path) -> str:
    """The URL of the database that stands for this file."""
    if _Stage.kind == SQLITE:
        return f"sqlite:///{file}"
    name = f"t{hashlib.sha256(str(file).encode()).hexdigest()[:20]}"
    return _Stage.servers[_Stage.kind].create(name)


def use_for_services(data: Path, environment: pytest.MonkeyPatch) -> None:
    """Have services that are started as processes, with this data folder, stand on the kind in use."""
    for service in services.BACKENDS:
        environment.setenv(f"{service.env_prefix}_DATABASE_URL", url_of(data / f"{service.package}.db"))


@contextmanager
def snapshot_of(file: Path) -> Iterator[Connection]:
    """A connection of its own to it, outside all code of the bank, that reads one snapshot."""
    is_file = _Stage.kind == SQLITE  # whose name may hold what has a meaning in a URL
    url = URL.create("sqlite", database=str(file)) if is_file else make_url(url_of(file))
    if is_file:
        # The app's own driver: were another SQLite to close the file in this process, the app would lose its locks.
        engine = create_engine(url, module=sqlite_driver)
    else:
        engine = create_engine(with_driver(url))
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            if _Stage.kind == SQLITE:
                connection.exec_driver_sql("BEGIN")
            yield connection
    finally:
        engine.dispose()
