"""What people have at the bank is known to the simulator, whatever cut it off while it was asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbank import RefusedError
from shared.storage import row_seals
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.time.clock import from_wire
from simulator_service import commands, repository
from simulator_service.models import Holding, db
from simulator_service.people.population import World
from simulator_service.planning.planner import Planner
from simulator_service.posting.arranging import Arranger
from simulator_service.posting.bank_client import EngineStoppingError, MonthlyPayment

START_HOUR = 498_240
PLACED_AT = "2026-12-20T12:00:00.000000Z"


class Bank:
    """One that has every order already, placed by the same key from another day on."""

    def __init__(self, *refusals: str) -> None:
        self._refusals = refusals
        self._asked: dict[str, int] = {}

    def time_us(self) -> int:
        return from_wire("2027-01-20T12:00:00.000000Z")

    def place_standing_order(self, standing: MonthlyPayment, key: str) -> str:
        asked = self._asked[key] = self._asked.get(key, -1) + 1
        raise RefusedError("No.", code=self._refusals[asked])

    def placed_standing_order(self, account_id: str, description: str) -> tuple[str, int]:
        return f"{description} of {account_id}", from_wire(PLACED_AT)

    def issue_credit_card(self, account_id: str, billing_day: int, key: str) -> str:
        return f"{key} of {account_id}, billed on {billing_day}"

    def account_number(self, account_id: str) -> str:
        return account_id

    def agree_to_direct_debits(self, creditor_id: str, debtor_number: str, *, reference: str, key: str) -> str:
        return reference


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.at(f"sqlite:///{tmp_path / 'simulator.db'}", db)
    row_seals.use_key(database, "a key of tests")
    migrate(database, "simulator_service")
    yield database
    database.close()


def rents_held(database: Database, bank: Any) -> list[Holding]:
    """What is stored of the rents of two people who have asked this bank for their orders."""
    job = commands.request_world(database, seed=1, customers=2, days=1, preset="seed", currency="EUR", start=None)
    population = Planner(World(1, 2, START_HOUR)).population
    with database.read_session() as session:
        world = repository.world(session, job.world_id)
    assert world is not None
    accounts = {party.id: party.id for party in population.parties()}
    assert list(Arranger(database, bank, world, accounts, {}).orders(population.people, START_HOUR * 3_600_000_000))
    with database.read_session() as session:
        return [held for held in repository.holdings(session, world.id) if held.name == "order.rent"]


@pytest.mark.parametrize(
    "refusals",
    [("IDEMPOTENCY_KEY_REUSED",), ("VALIDATION_ERROR", "IDEMPOTENCY_KEY_REUSED")],
    ids=["the key comes first", "the day comes first"],
)
def test_an_order_that_was_placed_before_it_was_stored_is_found(database: Database, refusals: tuple[str, ...]) -> None:
    """It was placed late, from another day on; taken for refused, the bank and the simulator would both pay it."""
    held = rents_held(database, Bank(*refusals))
    assert [(one.bank_id, one.since_us) for one in held] == [
        (f"Rent of {one.party_id}", from_wire(PLACED_AT)) for one in held
    ]
    assert len(held) == 2


def test_an_order_that_the_bank_refuses_is_not_there(database: Database) -> None:
    assert [one.bank_id for one in rents_held(database, Bank("ACCOUNT_CLOSED"))] == [None, None]


class OpeningBank:
    """One that keeps what was asked for under each key, as the bank does, and is cut off after the first account."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, str]] = {}

    def time_us(self) -> int:
        return from_wire("2027-01-20T12:00:00.000000Z")

    def issue_card(self, account_id: str, key: str) -> str:
        return f"{key} of {account_id}"

    def open_accounts(self, accounts: list[dict[str, str]]) -> list[str]:
        (wanted,) = accounts
        is_cut_off = not self._asked
        before = self._asked.setdefault(wanted["idempotency_key"], wanted)
        if is_cut_off:
            raise EngineStoppingError
        if before != wanted:
            raise RefusedError("No.", code="IDEMPOTENCY_KEY_REUSED")
        return [f"savings of {wanted['user_id']}"]


def test_savings_that_were_opened_before_it_was_stored_are_had_however_long_the_world_lived_since(
    database: Database,
) -> None:
    """Asked for again from a later day it would be another request: the account would be there, and never used."""
    job = commands.request_world(database, seed=1, customers=20, days=1, preset="seed", currency="EUR", start=None)
    population = Planner(World(1, 20, START_HOUR)).population
    with database.write_session() as session:
        changed = repository.world(session, job.world_id)
        assert changed is not None
        changed.start_us = START_HOUR * 3_600_000_000
    with database.read_session() as session:
        world = repository.world(session, job.world_id)
    assert world is not None
    ids = {party.id: party.id for party in population.parties()}
    bank: Any = OpeningBank()
    with pytest.raises(EngineStoppingError):
        list(Arranger(database, bank, world, {**ids}, ids).cards_and_savings(population.people, START_HOUR * 10**9))
    since_us = (START_HOUR + 500) * 3_600_000_000
    assert list(Arranger(database, bank, world, {**ids}, ids).cards_and_savings(population.people, since_us))
    savers = sorted(person.party.id for person in population.people if person.habits.savings_minor)
    with database.read_session() as session:
        held = [one for one in repository.holdings(session, world.id) if one.name == "savings"]
    assert len(savers) > 1
    assert sorted((one.party_id, one.bank_id, one.since_us) for one in held) == [
        (saver, f"savings of {saver}", since_us) for saver in savers
    ]
