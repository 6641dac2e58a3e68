"""Text that would be SQL, a path, a template or a header somewhere else is only text here (catalogue 34)."""

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, text
from werkzeug.test import TestResponse

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank
from tests.security.estate import Estate
from tests.thoroughness import in_soak, often

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
LIMIT_SECONDS = 1.0
EACH = often(3, 1)
CORPUS = (
    "'",
    '"',
    "`",
    "';",
    "\\",
    "\\'",
    "' OR '1'='1",
    "' OR 1=1 --",
    '" OR ""="',
    "') OR ('1'='1",
    "1 OR 1=1",
    "'; DROP TABLE accounts; --",
    "1; DELETE FROM entries",
    "' UNION SELECT NULL, NULL, NULL --",
    "' UNION ALL SELECT sql FROM sqlite_master --",
    "' AND (SELECT COUNT(*) FROM sqlite_master) > 0 --",
    "' AND randomblob(1000000000) --",
    "' || (SELECT hex(zeroblob(500000000))) || '",
    "'; SELECT pg_sleep(10); --",
    "' AND SLEEP(10) #",
    "'; ATTACH DATABASE '/tmp/injected.db' AS x; --",
    "load_extension('x')",
    "/**/",
    "%",
    "_",
    "%_%",
    "/%",
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%a",
    "[a-z]*",
    "*",
    "?",
    ":id",
    "%(id)s",
    "{0}",
    "{{7*7}}",
    "${7*7}",
    "../../etc/passwd",
    "..%2f..%2finternal",
    "\x00",
    "a\x00b",
    "\r\nX-Injected: 1",
    "\u2028",
    "\ufeff",
    "\U0001f4a3",
    "İ",
    "ß",
    "NULL",
    "None",
    "true",
    "-1",
    "1e309",
    "9" * 30,
)


@dataclass(frozen=True)
class Opening:
    """A parameter of the public API that takes text."""

    service: Service
    method: str
    path: str
    place: str
    name: str

    def send(self, bank: Bank, headers: dict[str, str], value: str) -> TestResponse:
        path = self.path
        for name in re.findall(r"\{(\w+)\}", path):
            given = quote(value, safe="") if self.place == "path" and name == self.name else new_id()
            path = path.replace(f"{{{name}}}", given)
        if self.place == "query":
            path = f"{path}?{self.name}={quote(value, safe='')}"
        return bank.client(self.service).open(path, method=self.method, headers=headers)


def openings(bank: Bank, service: Service) -> Iterator[Opening]:
    """Every path and query parameter of the service's document."""
    paths: dict[str, Any] = bank.client(service).get("/openapi.json").json["paths"]
    for path, operations in paths.items():
        if not path.startswith("/api/"):
            continue
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                yield Opening(service, method.upper(), path, parameter["in"], parameter["name"])


def digest(bank: Bank, package: str) -> str:
    """A hash over every row of a service's database, but for what it writes down of staff who were refused."""
    with bank.databases[package].read() as connection:
        return hashlib.sha256(repr(list(_rows(connection))).encode()).hexdigest()


def _rows(connection: Connection) -> Iterator[tuple[str, Any]]:
    tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).scalars()
    for table in sorted(set(tables.all()) - {"audit_records", "feed_heads"}):
        rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()
        yield table, sorted(map(repr, rows))


def timed(opening: Opening, bank: Bank, headers: dict[str, str], value: str) -> tuple[TestResponse, float]:
    """The reply, and the seconds it took."""
    began = time.perf_counter()
    reply = opening.send(bank, headers, value)
    return reply, time.perf_counter() - began


@EVERY_BACKEND
@pytest.mark.parametrize("by", ["one in turn", in_soak("each")])
def test_the_corpus_in_every_path_and_query_changes_nothing_and_finds_nothing(
    bank: Bank, bob: Estate, service: Service, by: str
) -> None:
    """Each place gets every text (at a desk every third) from one of the callers, in turn; `make soak`: from each."""
    callers = {
        "admin": bank.headers("admin", scope="bank:simulate"),
        "stranger": bank.headers(),
        "acquirer": bank.headers("service", user_id="acquirer", scope="cards:acquire"),
    }
    before = digest(bank, service.package)
    wrong = []
    for number, opening in enumerate(openings(bank, service)):
        for turn, value in list(enumerate(CORPUS, number))[number % EACH :: EACH]:
            for caller, headers in (
                list(callers.items()) if by == "each" else [list(callers.items())[turn % len(callers)]]
            ):
                reply, seconds = timed(opening, bank, headers, value)
                if seconds > LIMIT_SECONDS:  # once more: the machine may have been busy; what sleeps, sleeps again
                    reply, seconds = timed(opening, bank, headers, value)
                is_slow = seconds > LIMIT_SECONDS
                is_leak = caller == "stranger" and any(owned in reply.text for owned in bob.ids.values())
                if reply.status_code >= 500 or is_slow or is_leak or "X-Injected" in reply.headers:
                    wrong.append((str(opening), value, caller, reply.status_code, round(seconds, 2)))
    assert wrong == []
    assert digest(bank, service.package) == before


SEARCHES = (
    (services.TRANSACTION, "/api/transactions/list", "q"),
    (services.TRANSACTION, "/api/transactions/list", "category"),
    (services.TRANSACTION, "/api/transactions/all", "q"),
    (services.AUTH, "/api/auth/users", "q"),
    (services.ACCOUNT, "/api/accounts/all", "q"),
)


@pytest.mark.parametrize(("service", "path", "name"), SEARCHES, ids=str)
def test_wildcards_in_a_search_are_looked_for_and_not_obeyed(
    bank: Bank, bob: Estate, service: Service, path: str, name: str
) -> None:
    headers = bob.headers if path.endswith("/list") else bank.headers("employee")
    client = bank.client(service)
    assert client.get(path, headers=headers).json["data"], "nothing there to be found by mistake"
    for value in ("%", "__", "%%", "' OR '1'='1", "\\", "*", "/%", "/_", "//"):
        reply = client.get(f"{path}?{name}={quote(value, safe='')}", headers=headers)
        assert (reply.status_code, reply.json["data"]) == (200, []), value


@pytest.mark.parametrize("value", [value for value in CORPUS if value.isprintable() and value.strip()])
def test_hostile_text_in_a_body_comes_back_as_it_was_sent(bank: Bank, bob: Estate, value: str) -> None:
    body = {"account_id": bob.ids["account_id"], "amount": "0.01", "description": value, "category": value}
    booked = bob.call(services.TRANSACTION, "POST", "/api/transactions/deposit", body)
    assert (booked.json["data"]["description"], booked.json["data"]["category"]) == (value, value)
    found = bob.call(services.TRANSACTION, "GET", f"/api/transactions/list?category={quote(value, safe='')}")
    assert [row["id"] for row in found.json["data"]] == [booked.json["data"]["id"]]
    renamed = bob.call(
        services.ACCOUNT, "PUT", f"/api/accounts/update/{bob.ids['second_account_id']}", {"nickname": value}
    )
    assert renamed.json["data"]["nickname"] == value


@pytest.mark.parametrize("value", [value for value in CORPUS if len(value) > 1])
def test_hostile_text_is_nobodys_name_or_password(bank: Bank, bob: Estate, value: str) -> None:
    login = bank.client(services.AUTH)
    for payload in (
        {"username": value, "password": "a long and quiet afternoon"},
        {"username": f"bob.stone{value}", "password": "a long and quiet afternoon"},
    ):
        reply = login.post("/api/auth/login", json=payload)
        assert reply.status_code in (401, 422, 429), reply.text
    reply = login.post("/api/auth/token", json={"client_id": value[:64], "client_secret": value})
    assert reply.status_code == 401
    reply = login.post("/api/auth/refresh", json={"refresh_token": value[:200]})
    assert reply.status_code == 401
