"""The data directory of an earlier release opens, proves and works: the gate for every migration."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared import services
from shared.services import Service
from tests.apps import Bank, whole_bank
from tests.oracle import check_ledger
from tests.releases.restore import PASSWORD, restore, script_of, versions

CUSTOMER, OTHER = "fabian.criado", "jinthe.eckhardt"
ENTRIES = 327
Tables = dict[str, set[tuple[str, str]]]
USERS = {"admin": 1, "employee": 1, "customer": 47}


@dataclass
class Upgraded:
    """A bank on the data of a release, after all migrations."""

    bank: Bank
    folder: Path

    def log_in(self, username: str) -> dict[str, str]:
        """The headers of somebody whom the release has known."""
        credentials = {"username": username, "password": PASSWORD}
        return {
            "Authorization": f"Bearer {self.ask(services.AUTH, 'POST', '/api/auth/login', credentials)['access_token']}"
        }

    def ask(
        self, service: Service, method: str, path: str, payload: object = None, headers: dict[str, str] | None = None
    ) -> Any:
        """The data of a call that must succeed."""
        reply = self.bank.client(service).open(path, method=method, json=payload, headers=headers)
        assert reply.status_code in (200, 201), reply.text
        return reply.json["data"]


@pytest.fixture(scope="module", params=versions())
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """It is also proved as it stands before any test, and again when all have worked with it."""
    folder = tmp_path_factory.mktemp("data")
    restore(request.param, folder)
    with whole_bank(folder) as bank:
        opened = Upgraded(bank, folder)
        prove(opened)
        yield opened
        prove(opened)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tables]:
    """The tables of a new bank, by service."""
    with whole_bank(tmp_path_factory.mktemp("fresh")) as bank:
        return {service.name: tables(bank, service) for service in services.BACKENDS}


def prove(upgraded: Upgraded) -> None:
    upgraded.bank.settle()
    proof = upgraded.ask(services.REPORTING, "GET", "/api/reports/proof", headers=upgraded.bank.headers("admin"))
    assert (proof["holds"], proof["findings"]) == (True, [])
    check_ledger(upgraded.folder / "transaction_service.db")


@pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
def test_its_databases_are_intact_and_as_a_new_banks(
    upgraded: Upgraded, fresh: dict[str, Tables], service: Service
) -> None:
    with upgraded.bank.databases[service.package].read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert tables(upgraded.bank, service) == fresh[service.name]


def tables(bank: Bank, service: Service) -> Tables:
    """Every table's columns with their types, and the revision."""
    query = (
        "SELECT m.name AS name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    )
    found: Tables = {}
    with bank.databases[service.package].read() as connection:
        for name, column, kind in connection.execute(text(query)):
            found.setdefault(name, set()).add((column, kind))
        found["revision"] = {("is", connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())}
    return found


def test_nobody_and_nothing_is_missing(upgraded: Upgraded) -> None:
    admin = upgraded.log_in("admin")
    report = upgraded.ask(services.REPORTING, "GET", "/api/reports/system", headers=admin)
    assert {role: report["users"]["by_role"][role] for role in USERS} == USERS
    total = upgraded.ask(services.REPORTING, "GET", "/api/reports/balances/total", headers=admin)
    assert total["matches"]
    world = upgraded.ask(services.SIMULATOR, "GET", "/api/simulator/status", headers=admin)["world"]
    assert (world["customers"], world["posted"]) == (5, ENTRIES)


def test_a_customer_logs_in_reads_and_pays(upgraded: Upgraded) -> None:
    customer, other = upgraded.log_in(CUSTOMER), upgraded.log_in(OTHER)
    history = upgraded.ask(services.TRANSACTION, "GET", "/api/transactions/list?limit=200", headers=customer)
    assert len(history) > 20
    inbox = upgraded.ask(services.NOTIFICATION, "GET", "/api/notifications/list", headers=customer)
    assert inbox
    (source, *_) = upgraded.ask(services.ACCOUNT, "GET", "/api/accounts/list", headers=customer)
    (target, *_) = upgraded.ask(services.ACCOUNT, "GET", "/api/accounts/list", headers=other)
    deposit = {"account_id": source["id"], "amount": "100.00"}
    upgraded.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", deposit, headers=customer)
    order = {"from_account_id": source["id"], "to_account_number": target["account_number"], "amount": "12.34"}
    paid = upgraded.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", order, headers=customer)
    seen = upgraded.ask(services.TRANSACTION, "GET", f"/api/transactions/details/{paid['id']}", headers=other)
    assert (seen["amount"], seen["direction"]) == ("12.34", "in")


def test_somebody_new_registers_and_opens_an_account(upgraded: Upgraded) -> None:
    person = {"username": "newcomer", "email": "newcomer@example.org", "password": PASSWORD, "full_name": "New Comer"}
    upgraded.ask(services.AUTH, "POST", "/api/auth/register", person)
    headers = upgraded.log_in("newcomer")
    account = {"account_type": "savings", "initial_deposit": "5.00"}
    opened = upgraded.ask(services.ACCOUNT, "POST", "/api/accounts/create", account, headers=headers)
    assert opened["balance"] == "5.00"


@pytest.mark.parametrize("version", versions())
def test_the_kept_data_holds_no_secret(version: str) -> None:
    auth = script_of(version, "auth_service")
    assert 'INSERT INTO "signing_keys"' not in auth
    assert "PRIVATE KEY" not in "".join(script_of(version, service.package) for service in services.BACKENDS)
    hashes = {line.partition("scrypt:")[2].partition("'")[0] for line in auth.splitlines() if "scrypt:" in line}
    assert len(hashes) == 1
