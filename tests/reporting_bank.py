"""A whole bank of real apps whose reporting service takes in the feeds when a test says so."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, select, text
from werkzeug.test import TestResponse

from reporting_service.context import ReportingContext
from reporting_service.models import metadata
from shared import services
from shared.identifiers import new_id
from shared.services import Service
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sqlite import sqlite_driver
from simulator_service import repository
from simulator_service.models import Resident
from tests.apps import Bank, whole_bank

PASSWORD = "correct horse battery staple"
PROJECTIONS = (
    "feed_positions",
    "entries",
    "exchanges",
    "legs",
    "balances",
    "volumes",
    "turnover",
    "accounts",
    "users",
    "clock_steps",
)
Row = dict[str, Any]


def derived_from(table: Table) -> Select[Any]:
    """What a projection says; how often it has begun anew is no part of that."""
    return select(*(column for column in table.columns if column.name != "generation"))


@dataclass
class Customer:
    """A synthetic customer: the simulation moves their money, at any time of the past."""

    id: str
    headers: dict[str, str]
    accounts: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class ReportingBank:
    """The bank's apps; `follow` does what the consumers' threads would."""

    bank: Bank

    @property
    def context(self) -> ReportingContext:
        """What the reporting service works with."""
        found: ReportingContext = self.bank.apps["reporting_service"].extensions["context"]
        return found

    @property
    def database(self) -> Database:
        """Reporting's own."""
        return self.context.database

    def follow(self) -> None:
        """Take in every feed to its end."""
        for consumer in self.bank.readers():
            consumer.catch_up()

    def projections(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything derived, table by table, in an order of its own."""
        with self.database.read() as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(derived_from(metadata.tables[name]))), key=repr)
                for name in PROJECTIONS
            }

    def alter(self, service: Service, *statements: str) -> None:
        """Change rows by hand, past every guard that the database has."""
        with self.bank.databases[service.package].engine.connect() as connection:
            guards = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for statement in (*(f"DROP TRIGGER {name}" for name in guards), *statements):
                connection.exec_driver_sql(statement)
            connection.commit()

    def wind_back(self, service: Service, revision: str, *statements: str) -> None:
        """Make a service's database one of an earlier revision: what it did not have goes. What was of another shape
        then, `statements` change.
        """
        with tempfile.TemporaryDirectory() as folder:
            old = Database.at(f"sqlite:///{folder}/old.db")
            migrate(old, service.package, to=revision)
            kept = _made(old)
            old.close()
        gone = _made(self.bank.databases[service.package]) - kept
        drops = [f"DROP {kind} {name}" for kind, name in sorted(gone)]  # an index before its table
        self.alter(service, *drops, *statements, f"UPDATE alembic_version SET version_num = '{revision}'")

    @contextmanager
    def altered(self, service: Service, *statements: str) -> Iterator[None]:
        """The same while the block runs; afterwards the database is what it was, and so is the audit trail's anchor."""
        anchor = self.context.trail.anchor.file
        anchored = anchor.read_text()
        engine = self.bank.databases[service.package].engine
        with sqlite_driver.connect(":memory:") as kept:
            with engine.connect() as connection:
                connection.connection.driver_connection.backup(kept)  # type: ignore[union-attr]
            self.alter(service, *statements)
            try:
                yield
            finally:
                with engine.connect() as connection:
                    kept.backup(connection.connection.driver_connection)
                if service is services.REPORTING:
                    anchor.write_text(anchored)
        kept.close()

    def simulate(self, service: Service, path: str, payload: Row) -> Any:
        """One request of the simulation's; its data."""
        headers = self.bank.headers("service", user_id="simulator-service", scope="bank:simulate bank:reset")
        reply = self.bank.client(service).post(path, json=payload, headers=headers)
        assert reply.status_code < 300, reply.text
        return reply.json["data"]

    def customer(self, *deposits: str) -> Customer:
        """Somebody with an account for each of these first deposits: the first for payments, the others to save."""
        name = f"c{new_id()[-10:]}"
        person = {"username": name, "email": f"{name}@example.org", "full_name": "Ada Lovelace"}
        (user,) = self.simulate(services.AUTH, "/api/auth/users/batch", {"users": [person], "password": PASSWORD})
        wanted = [
            {
                "user_id": user["id"],
                "account_type": "savings" if number else "checking",
                "idempotency_key": new_id(),
                "initial_deposit": deposit,
            }
            for number, deposit in enumerate(deposits)
        ]
        opened = self.simulate(services.ACCOUNT, "/api/accounts/batch", {"accounts": wanted}) if wanted else []
        return Customer(user["id"], self.bank.headers(user_id=user["id"]), [result["account"] for result in opened])

    def card(self, person: Customer) -> None:
        """A debit card for somebody's first account."""
        self.simulate(services.ACCOUNT, "/api/cards/create", {"account_id": person.accounts[0]["id"]})

    def settle_in_a_world(self, *people: Customer) -> None:
        """Tell the simulator that these people live in a new world of its own."""
        client, admin = self.bank.client(services.SIMULATOR), self.bank.headers("admin")
        reply = client.post("/api/simulator/worlds", json={"seed": 1, "customers": 5, "days": 1}, headers=admin)
        assert reply.status_code == 202, reply.text
        with self.bank.databases[services.AUTH.package].read() as auth:
            rows = auth.execute(text("SELECT id, username FROM users")).all()
        usernames = {row.id: row.username for row in rows}
        homes = {f"p{number}": person.accounts[0]["id"] for number, person in enumerate(people)}
        with self.bank.databases[services.SIMULATOR.package].write_session() as simulator:
            world = repository.worlds_of_bank(simulator)[0]
            residents = [
                Resident(world_id=world.id, party_id=f"p{number}", user_id=one.id, username=usernames[one.id])
                for number, one in enumerate(people)
            ]
            repository.add_residents(simulator, residents)
            repository.set_accounts(simulator, world.id, homes)

    def post(self, *items: Row) -> list[Row]:
        """Movements of the simulation's, each of which must succeed; the transactions."""
        keyed = [{"idempotency_key": new_id(), **item} for item in items]
        results = self.simulate(services.TRANSACTION, "/api/transactions/batch", {"items": keyed})
        assert [result["status"] for result in results] == ["completed"] * len(items), results
        return [result["transaction"] for result in results]

    def get(self, path: str, headers: dict[str, str]) -> TestResponse:
        """One request to the reporting service."""
        return self.bank.client(services.REPORTING).get(f"/api/reports{path}", headers=headers)

    def report(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """The data of a report, for an administrator unless told otherwise."""
        reply = self.get(path, headers or self.bank.headers("admin"))
        assert reply.status_code == 200, reply.text
        return reply.json["data"]


def payment(source: Row, target: Row, amount: str, **more: Any) -> Row:
    """A transfer from one account to another."""
    return {
        "type": "transfer",
        "from_account_id": source["id"],
        "to_account_id": target["id"],
        "amount": amount,
        **more,
    }


@contextmanager
def reporting_bank(folder: Path) -> Iterator[ReportingBank]:
    """Such a bank, its databases in this folder."""
    with whole_bank(folder) as bank:
        yield ReportingBank(bank)


def _made(database: Database) -> set[tuple[str, str]]:
    """The tables and indexes that somebody has made."""
    query = "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    with database.read() as connection:
        return {(kind.upper(), name) for kind, name in connection.exec_driver_sql(query)}
