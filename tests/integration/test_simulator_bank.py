"""The simulator against the whole bank, as processes that are killed: nothing doubled, nothing missing, to the cent."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared.refusals import UNAVAILABLE
from shared.services import SIMULATOR, TRANSACTION
from shared.storage import row_seals, seal_proof
from shared.storage.database import Database
from shared.time.business_days import business_day, instant_on
from shared.time.clock import from_datetime
from simulator_service.behaviours.terminals import is_collected_later
from simulator_service.models import metadata
from simulator_service.people.population import World
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, HOUR_US, Event, extended_log_sha256
from simulator_service.planning.planner import Planner
from simulator_service.posting.bank_ids import BankId, Became, event_of, unpacked
from simulator_service.posting.items import Held, ItemMaker
from simulator_service.repository import SAVINGS
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.oracle import check_ledger, key_name
from tests.thoroughness import often

Job = dict[str, Any]
OPERATIONS = {"card_authorization": "authorize_card_payment", "card_capture": "capture_authorization"}
JOB_TIMEOUT_SECONDS = 120.0
PATIENCE_SECONDS = 60.0
LARGE, MIDDLING = often(60, 80), often(25, 40)
"""People of the worlds that are cut off while they are made, and of those that have to live for a while."""


class Simulation:
    """The simulator as an administrator uses it, and the ledger's file as the oracle reads it."""

    def __init__(self, bank: BankProcesses) -> None:
        self.bank = bank
        self.token = bank.admin_token()

    def ask(self, method: str, path: str, payload: object = None) -> Any:
        """The data of a call that must succeed; asked again, as clients are told, while a part of the bank is away."""
        answers: list[tuple[int, dict[str, Any]]] = []

        def is_answered() -> bool:
            answers.append(self.bank.ask(method, f"/api/simulator/{path}", payload, token=self.token))
            status, body = answers[-1]
            return status != UNAVAILABLE.status or "outcome" in body["details"]

        wait_until(is_answered, PATIENCE_SECONDS)
        status, body = answers[-1]
        assert body["success"], (status, body)
        return body["data"]

    def job(self, job_id: str) -> Job:
        """The job, or one without facts while the simulator is on its way back."""
        status, body = self.bank.ask("GET", f"/api/simulator/jobs/{job_id}", token=self.token)
        return dict(body["data"]) if status == 200 else {"status": "unknown", "stage": "", "posted": 0, "progress": 0}

    def wait(self, job: Job, is_so: Callable[[Job], bool] | None = None) -> Job:
        """The job once it has succeeded, or once something else is so of it."""
        seen = [job]

        def look() -> bool:
            seen.append(self.job(job["id"]))
            assert seen[-1]["status"] != "failed", seen[-1]["error"]
            return seen[-1]["status"] == "succeeded" or (is_so is not None and is_so(seen[-1]))

        wait_until(look, JOB_TIMEOUT_SECONDS)
        return seen[-1]

    def world(self) -> dict[str, Any]:
        """The current world's summary."""
        return dict(self.ask("GET", "status")["world"])

    def worlds(self) -> list[dict[str, Any]]:
        """The summaries of all worlds, the newest first."""
        return list(self.ask("GET", "status")["worlds"])

    def restart(self) -> None:
        """SIGKILL the simulator and start it again."""
        self.bank.kill(SIMULATOR)
        self.bank.start(SIMULATOR)

    def broken_rows(self) -> list[dict[str, str]]:
        """The simulator's rows that are not as it wrote them."""
        database = Database.at(f"sqlite:///{self.bank.data / 'simulator_service.db'}")
        row_seals.use_key(database, (self.bank.data / "secrets" / "simulator_seal_key").read_text())
        findings: list[dict[str, str]] = seal_proof.proof(database.read, metadata)["findings"]
        database.close()
        return findings

    @property
    def ledger_file(self) -> Path:
        return self.bank.data / "transaction_service.db"

    def used_keys(self) -> set[bytes]:
        """What the ledger keeps of the keys that it has answered."""
        return {row[0] for row in self.in_ledger("SELECT name FROM idempotency_keys")}

    def entries_made(self) -> int:
        """How many entries the ledger has of the simulator's making."""
        query = (
            "SELECT COUNT(*) FROM entries e JOIN initiators i ON i.key = e.initiator_key WHERE i.channel = 'simulator'"
        )
        return int(self.in_ledger(query)[0][0])

    def in_ledger(self, query: str) -> list[Any]:
        """What the ledger's file says."""
        database = Database.at(f"sqlite:///{self.ledger_file}")
        with database.read() as connection:
            rows = connection.execute(text(query)).all()
        database.close()
        return list(rows)

    def maker(self, world: dict[str, Any]) -> ItemMaker:
        """What knows which of the plan is posted, from what the simulator has stored of the world's people."""
        database = Database.at(f"sqlite:///{self.bank.data / 'simulator_service.db'}")
        with database.read() as connection:
            query = text("SELECT party_id, name, bank_id, since_us FROM holdings WHERE world_id = :world_id")
            rows = connection.execute(query, {"world_id": world["id"]}).all()
        database.close()
        held = {(row.party_id, row.name): Held(row.bank_id, row.since_us) for row in rows}
        planner = planner_of(world)
        accounts = {party.id: "an account" for party in planner.population.parties()}
        savings = {f"{party_id}.{name}": bank_id for (party_id, name), (bank_id, _) in held.items() if name == SAVINGS}
        accounts |= {party_id: bank_id for party_id, bank_id in savings.items() if bank_id is not None}
        return ItemMaker(planner, accounts, held, world_id=world["id"], currency="EUR")

    def bank_ids(self, world: dict[str, Any]) -> list[BankId]:
        """What the simulator has stored of what the bank calls the world's events."""
        database = Database.at(f"sqlite:///{self.bank.data / 'simulator_service.db'}")
        with database.read() as connection:
            query = text("SELECT bank_ids FROM posted_steps WHERE world_id = :world_id")
            rows = connection.execute(query, {"world_id": world["id"]}).all()
        database.close()
        return [one for row in rows for one in unpacked(row.bank_ids)]

    def forgotten(self, world: dict[str, Any]) -> int:
        """How much is still held that merchants should have collected."""
        until_us = from_datetime(datetime.fromisoformat(world["lived_until"])) - 4 * 24 * HOUR_US
        query = "SELECT COUNT(*) FROM authorizations a JOIN holds h ON h.key = a.hold_key WHERE h.status = 'pending'"
        return int(self.in_ledger(f"{query} AND a.created_at < {until_us}")[0][0])

    def check(self, world: dict[str, Any]) -> list[Event]:
        """Assert that exactly the world's plan, neither more nor less, has reached a ledger that is right."""
        plan, maker = planned(world), self.maker(world)
        purchases = planner_of(world).purchases_of(event for event in plan if event.type == "card_capture")
        asked = {later: "authorization" for later, purchase in purchases.items() if maker.asks_card(purchase)}
        items = maker.items(plan, asked)
        used = self.used_keys()
        assert {key_of(item) for item in items if item["type"] != "card_capture"} <= used
        collected = {purchase.id for purchase in purchases.values()}
        held = [one for one in plan if is_collected_later(one) and one.id not in collected and maker.asks_card(one)]
        assert 0 <= len(items) - len(asked) - world["posted"] - world["refused"] <= len(held)
        assert self.forgotten(world) == 0, "of what cards approved all was collected in time"
        announced = {key_name(SIMULATOR.name, "collection", one.idempotency_key) for one in maker.announcements(plan)}
        assert announced <= used
        stored = self.bank_ids(world)
        assert len({one.event_id for one in stored}) == len(stored), "no event twice"
        asked_for = {event_of(item["idempotency_key"]) for item in items if item["type"] != "card_capture"}
        assert asked_for <= {one.event_id for one in stored}
        made = {bytes.fromhex(one.id.replace("-", "")) for one in stored if one.became is Became.TRANSACTION}
        assert made <= {row[0] for row in self.in_ledger("SELECT id FROM entries")}
        assert self.entries_made() == sum(one["posted"] for one in self.worlds())
        assert world["plan_sha256"] == extended_log_sha256(EMPTY_LOG_SHA256, plan)
        check_ledger(self.ledger_file)
        assert self.broken_rows() == []
        return plan


def planned(world: dict[str, Any]) -> list[Event]:
    """The plan of a world from its summary, made afresh in this process."""
    start_us, until_us = (from_datetime(datetime.fromisoformat(world[name])) for name in ("start", "lived_until"))
    return planner_of(world).events(start_us, until_us)


def planner_of(world: dict[str, Any]) -> Planner:
    """The world's plan."""
    start_us = from_datetime(datetime.fromisoformat(world["start"]))
    return Planner(World(world["seed"], world["customers"], start_us // HOUR_US))


def billing_days(world: dict[str, Any], day_of_month: int) -> list[str]:
    """The bank's mornings of this day of a month that the world has lived, the newest first."""
    start_us, until_us = (from_datetime(datetime.fromisoformat(world[name])) for name in ("start", "lived_until"))
    began = business_day(start_us)
    days = [began + timedelta(days=count) for count in range((until_us - start_us) // (24 * HOUR_US) + 2)]
    lived = [day for day in days if start_us < instant_on(day, 6) <= until_us and day.day == day_of_month]
    return [day.isoformat() for day in reversed(lived)]


def key_of(item: dict[str, Any]) -> bytes:
    """What the ledger keeps of the key of an item."""
    return key_name(SIMULATOR.name, OPERATIONS.get(item["type"], item["type"]), item["idempotency_key"])


def has_lived_since(simulation: Simulation, posted: int) -> Callable[[], bool]:
    """Whether the current world has posted more than this."""
    return lambda: simulation.world()["posted"] > posted


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as bank:
        yield Simulation(bank)


def test_a_first_world_has_customers_who_log_in_and_thirty_days_of_history(simulation: Simulation) -> None:
    job = simulation.wait(simulation.ask("POST", "worlds", {"seed": 1, "customers": 5, "days": 30}))
    assert (job["progress"], job["stage"], len(job["log_ins"])) == (1, "done", 5)
    assert len(simulation.check(simulation.world())) > 100
    token = simulation.bank.log_in(**job["log_ins"][0])
    _, history = simulation.bank.ask("GET", "/api/transactions/list?limit=200", token=token)
    days = {row["effective_at"][:10] for row in history["data"]}
    assert len(days) >= 10
    assert max(days) <= job["bank_time"][:10]


def test_people_pay_by_card_by_standing_order_and_by_direct_debit(simulation: Simulation) -> None:
    """The bank began thirty days ago, for its first world, and has paid itself what was arranged; then it is today."""
    clock = simulation.bank.ask("GET", "/api/transactions/clock", token=simulation.token)[1]["data"]
    assert (clock["real"], clock["due_work"], clock["stopped_work"]) == (True, 0, 0)
    by_the_bank = dict(
        simulation.in_ledger(
            "SELECT e.type, COUNT(*) FROM entries e JOIN initiators i ON i.key = e.initiator_key"
            " WHERE i.kind = 'bank' GROUP BY e.type"
        )
    )
    assert by_the_bank["standing_order"] >= 5
    assert by_the_bank["direct_debit"] > 5
    (told,) = simulation.in_ledger(
        "SELECT COUNT(*), COUNT(DISTINCT c.position) FROM entries e LEFT JOIN card_entries c USING (position)"
        " WHERE e.type = 'card_purchase'"
    )
    assert told[0] == told[1] > 100, "each purchase is of a card"
    rents = simulation.in_ledger(
        "SELECT strftime('%H:%M', effective_at / 1000000, 'unixepoch') FROM entries WHERE type = 'standing_order'"
    )
    assert {row[0] for row in rents} <= {"04:00", "05:00", "12:00", "13:00"}, "in the morning, or at the second attempt"


def test_bills_of_credit_cards_are_settled_on_their_billing_day_or_carried_on(simulation: Simulation) -> None:
    """One of the first five people pays the bill, another bought more than there was to pay it with."""
    job = next(one for one in simulation.ask("GET", "jobs?limit=200") if one["kind"] == "world")
    planner = planner_of(simulation.world())
    bills = {}
    for person, log_in in zip(planner.population.people, job["log_ins"], strict=True):
        token = simulation.bank.log_in(**log_in)
        _, cards = simulation.bank.ask("GET", "/api/cards/list", token=token)
        credit = [card for card in cards["data"] if card["kind"] == "credit"]
        assert len(credit) == person.habits.has_credit_card
        for card in credit:
            _, made = simulation.bank.ask("GET", f"/api/cards/{card['id']}/statements", token=token)
            bills[person.party.id] = [bill for bill in made["data"] if bill["status"] != "open"]
            assert card["billing_day"] == person.habits.billing_day
    assert set(bills) == {"p1", "p2", "p4"}
    assert {bill["status"] for bill in bills["p1"]} <= {"paid"}
    assert [bill["due_on"] for bill in bills["p1"]] == billing_days(simulation.world(), 10)
    plan = planned(simulation.world())
    treats = [event for event in plan if event.source == "p4" and event.id.endswith(".treat")]
    day = business_day(treats[0].effective_at_us).isoformat() if treats else "9999-12-31"
    carried = [bill for bill in bills["p4"] if bill["due_on"] > day]
    assert all(bill["status"] in ("partly_paid", "late") for bill in carried)


@pytest.mark.thorough
def test_a_world_killed_at_every_stage_posts_nothing_twice_and_misses_nothing(simulation: Simulation) -> None:
    job = simulation.ask("POST", "worlds", {"seed": 2, "customers": LARGE, "days": 30})
    moments: list[Callable[[Job], bool]] = [
        lambda seen: seen["stage"] in ("people", "accounts"),
        lambda seen: seen["posted"] > 0,
        lambda seen: seen["progress"] > 0.6,
    ]
    kills = 0
    for moment in moments:
        if simulation.wait(job, moment)["status"] == "succeeded":
            break
        simulation.restart()
        check_ledger(simulation.ledger_file)
        kills += 1
    done = simulation.wait(job)
    assert kills >= 2
    world = simulation.world()
    assert (world["people"], world["accounts"] > LARGE) == (LARGE, True)
    assert (done["posted"], done["refused"]) == (world["posted"], world["refused"])
    simulation.check(world)


@pytest.mark.thorough
def test_an_outage_of_the_ledger_only_delays_a_job(simulation: Simulation) -> None:
    job = simulation.ask("POST", "worlds", {"seed": 3, "customers": LARGE, "days": 30})
    simulation.wait(job, lambda seen: seen["posted"] > 0)
    simulation.bank.kill(TRANSACTION)
    simulation.bank.start(TRANSACTION)
    simulation.wait(job)
    simulation.check(simulation.world())


@pytest.mark.thorough
def test_advancing_moves_the_bank_clock_and_lives_what_was_planned(simulation: Simulation) -> None:
    job = simulation.ask("POST", "worlds", {"seed": 4, "customers": MIDDLING, "days": 2})
    simulation.wait(job)
    before = simulation.ask("GET", "status")
    advance = simulation.ask("POST", "advance", {"days": 3, "hours": 5})
    simulation.wait(advance, lambda seen: seen["posted"] > 0)
    simulation.restart()
    simulation.wait(advance)
    after = simulation.ask("GET", "status")
    passed_us = from_datetime(datetime.fromisoformat(after["bank_time"])) - from_datetime(
        datetime.fromisoformat(before["bank_time"])
    )
    assert 76 * HOUR_US <= passed_us <= 78 * HOUR_US
    lived = [from_datetime(datetime.fromisoformat(seen["world"]["lived_until"])) for seen in (before, after)]
    assert lived[1] - lived[0] == 77 * HOUR_US
    simulation.check(simulation.world())


@pytest.mark.thorough
def test_live_mode_goes_on_after_a_kill(simulation: Simulation) -> None:
    simulation.wait(simulation.ask("POST", "worlds", {"seed": 5, "customers": MIDDLING, "days": 0}))
    simulation.ask("POST", "live", {"running": True, "speed": 7200})
    for _ in range(2):
        wait_until(has_lived_since(simulation, simulation.world()["posted"]), 60)
        simulation.restart()
    simulation.ask("POST", "live", {"running": False})
    simulation.wait(simulation.ask("POST", "advance", {"hours": 1}))  # jobs and live mode take turns: live has ended
    assert simulation.world()["lived_until"] <= simulation.ask("GET", "status")["bank_time"]
    simulation.check(simulation.world())


@pytest.mark.thorough
def test_a_second_world_stops_neither_the_first_nor_its_log_ins(simulation: Simulation) -> None:
    first_job = simulation.wait(simulation.ask("POST", "worlds", {"seed": 21, "customers": 12, "days": 1}))
    simulation.ask("POST", "live", {"running": True, "speed": 3600})
    simulation.wait(simulation.ask("POST", "worlds", {"seed": 22, "customers": 12, "days": 1}))
    assert simulation.ask("GET", "status")["live"] == {"running": True, "speed": 3600}
    before = {world["id"]: world["posted"] for world in simulation.worlds()[:2]}
    wait_until(lambda: all(world["posted"] > before[world["id"]] for world in simulation.worlds()[:2]), 60)
    simulation.ask("POST", "live", {"running": False})
    simulation.wait(simulation.ask("POST", "advance", {"hours": 30}))
    newest, first = simulation.worlds()[:2]
    assert [newest["seed"], first["seed"]] == [22, 21]
    simulation.check(newest)
    simulation.check(first)
    assert simulation.bank.log_in(**first_job["log_ins"][0])


def test_a_user_name_that_somebody_has_already_keeps_no_world_from_being_made(simulation: Simulation) -> None:
    taken = Planner(World(6, 1, 0)).population.people[0].party.name
    world = {"seed": 6, "customers": 1, "days": 1}
    simulation.wait(simulation.ask("POST", "worlds", world))
    number = 1 + sum(job["kind"] == "world" for job in simulation.ask("GET", "jobs?limit=200"))
    username = f"{taken.lower().replace(' ', '.')}.w{number}"
    person = {"username": username, "email": "me@example.org", "password": "a quiet place by the sea"}
    status, body = simulation.bank.ask("POST", "/api/auth/register", person)
    assert status == 201, body
    job = simulation.wait(simulation.ask("POST", "worlds", world))
    assert job["log_ins"][0]["username"].startswith(f"{username}.")
    assert simulation.bank.log_in(**job["log_ins"][0])


def test_the_same_seed_and_start_date_give_the_same_plan(simulation: Simulation) -> None:
    prints = []
    for _ in range(2):
        request = {"seed": 9, "customers": 8, "days": 20, "start_date": "2026-03-01"}
        simulation.wait(simulation.ask("POST", "worlds", request))
        world = simulation.world()
        assert (world["start"], world["lived_until"]) == (
            "2026-03-01T00:00:00.000000Z",
            "2026-03-21T00:00:00.000000Z",
        )
        prints.append(world["plan_sha256"])
    assert prints[0] == prints[1]


def test_reset_leaves_an_empty_bank_that_can_be_settled_again(simulation: Simulation) -> None:
    simulation.ask("POST", "reset", {"confirm": "Sandbank"})
    simulation.token = simulation.bank.admin_token()
    assert simulation.ask("GET", "status")["world"] is None
    assert simulation.ask("GET", "jobs") == []
    assert check_ledger(simulation.ledger_file) == {"entries": 0, "keys": 0}
    simulation.wait(simulation.ask("POST", "worlds", {"seed": 1, "customers": 5, "days": 10}))
    simulation.check(simulation.world())
