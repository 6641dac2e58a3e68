"""Several hosts in the URL of a database: which of them is taken."""

from typing import Any

import pytest
from sqlalchemy import make_url

from shared.storage.database_servers import engine_options, with_driver
from shared.storage.galera import first_that_is_ready

GALERA = "mariadb://bank@/ledger?host=a:1&host=b:2&host=c:3"


class DriverError(Exception):
    pass


class Server:
    """A connection and its own cursor. `facts`: what the server says of itself."""

    def __init__(self, place: tuple[str, int], facts: dict[str, str]) -> None:
        self.place, self.facts, self.is_closed = place, facts, False
        self._answer: list[tuple[str, str]] = []

    def cursor(self) -> "Server":
        return self

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str) -> None:
        name = statement.split("'")[1]
        self._answer = [(name, self.facts[name])] if name in self.facts else []

    def fetchall(self) -> list[tuple[str, str]]:
        return self._answer

    def close(self) -> None:
        self.is_closed = True


class Dialect:
    """Knows these servers by host; there is nobody at any other."""

    class loaded_dbapi:  # noqa: N801 (SQLAlchemy's name)
        Error = OperationalError = DriverError

    def __init__(self, **servers: dict[str, str]) -> None:
        self._servers = servers
        self.made: list[Server] = []

    def connect(self, *, host: str, port: int, **_: Any) -> Server:
        if host not in self._servers:
            raise DriverError(2003, "nobody there")
        self.made.append(Server((host, port), self._servers[host]))
        return self.made[-1]


READY = {"wsrep_on": "ON", "wsrep_ready": "ON"}
CUT_OFF = {"wsrep_on": "ON", "wsrep_ready": "OFF"}


def connect(dialect: Dialect) -> Server:
    options = make_url(GALERA).query
    found: Server = first_that_is_ready(dialect, None, (), dict(options))
    return found


@pytest.mark.parametrize(
    ("servers", "taken"),
    [
        ({"a": READY, "b": READY, "c": READY}, ("a", 1)),
        ({"b": READY, "c": READY}, ("b", 2)),
        ({"a": CUT_OFF, "b": CUT_OFF, "c": READY}, ("c", 3)),
        ({"a": {"wsrep_on": "OFF", "wsrep_ready": "OFF"}, "b": READY}, ("b", 2)),
        ({"a": {}, "b": READY}, ("b", 2)),
    ],
    ids=["all there", "the first is gone", "two are cut off", "one began alone", "one knows no clusters"],
)
def test_the_first_that_is_ready_is_taken(servers: dict[str, dict[str, str]], taken: tuple[str, int]) -> None:
    dialect = Dialect(**servers)
    assert connect(dialect).place == taken
    assert [one.is_closed for one in dialect.made] == [True] * (len(dialect.made) - 1) + [False]


def test_where_none_is_ready_the_last_failure_is_told() -> None:
    dialect = Dialect(a=CUT_OFF)
    with pytest.raises(DriverError, match="nobody there"):
        connect(dialect)
    assert dialect.made[0].is_closed


def test_several_hosts_are_waited_for_shorter_and_those_of_galera_are_returned_to() -> None:
    postgresql = with_driver(make_url("postgresql://bank@/ledger?host=a:1&host=b:2&target_session_attrs=read-write"))
    assert postgresql.query["connect_timeout"] == with_driver(make_url(GALERA)).query["connect_timeout"] == "3"
    assert with_driver(make_url("mariadb://bank@a/ledger")).query["connect_timeout"] == "10"
    assert "pool_recycle" in engine_options(make_url(GALERA))
    assert "pool_recycle" not in engine_options(postgresql)
