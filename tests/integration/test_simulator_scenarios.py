"""Scenarios in a world that lives in a whole bank: injected, lived once, killed on the way, told by nobody."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from shared.time.clock import from_datetime
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, extended_log_sha256
from simulator_service.scenarios.catalogue import BENIGN, KINDS
from simulator_service.scenarios.draft import Instance
from simulator_service.scenarios.story import Story, merged, story_of
from tests.bank_processes import bank_processes
from tests.integration.test_simulator_bank import Simulation, key_of, planned, planner_of
from tests.oracle import check_ledger

TELLTALE = {"launder", "fraud", "mule", "takeover", "structuring", "benign", "scenario", "fan_in", "look_alike"}


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as bank:
        yield Simulation(bank)


def instant(wire: str) -> int:
    return from_datetime(datetime.fromisoformat(wire))


def stories_of(simulation: Simulation, world: dict[str, Any]) -> list[Story]:
    """What was injected into a world, told afresh from what the API says of it."""
    rows = [row for row in reversed(simulation.ask("GET", "scenarios?limit=200")) if row["world_id"] == world["id"]]
    return [
        story_of(
            planner_of(world),
            Instance(number, row["name"], row["label"] == BENIGN, row["seed"], row["width"], instant(row["begins"])),
        )
        for number, row in enumerate(rows, start=1)
    ]


def test_scenarios_are_lived_once_whatever_is_killed_and_the_bank_tells_no_label(simulation: Simulation) -> None:
    asked = {"seed": 12, "customers": 30, "days": 5, "start_date": "2026-01-05"}
    simulation.wait(simulation.ask("POST", "worlds", asked))
    wanted = ("fan_in", "stack", "mules", "account_takeover", "structuring", "card_testing", "payroll_failure")
    for seed, name in enumerate((*wanted, "bank_run")):
        made = simulation.ask("POST", "scenarios", {"name": name, "seed": seed, "look_alikes": 1})["injected"]
        assert [one["label"] == BENIGN for one in made] == [False, True]
        assert made[0]["begins"] == "2026-01-10T00:00:00.000000Z"
        assert made[0]["events"] > 0 < len(made[0]["parties"]) <= min(made[0]["party_count"], 20)
    job = simulation.ask("POST", "advance", {"days": 40})
    simulation.wait(job, lambda seen: seen["posted"] > 100)
    simulation.restart()
    (late, _) = simulation.ask("POST", "scenarios", {"name": "account_takeover", "seed": 9})["injected"]
    simulation.wait(job)
    assert "2026-01-10" < late["begins"] < "2026-02-19", "while the job was under way, into what nobody had lived yet"
    world = simulation.world()
    stories = stories_of(simulation, world)
    start_us, until_us = instant(world["start"]), instant(world["lived_until"])
    plan = merged(planned(world), stories, start_us, until_us)
    assert world["plan_sha256"] == extended_log_sha256(EMPTY_LOG_SHA256, plan)
    told = [event for story in stories for event in story.events if event.effective_at_us < until_us]
    assert len(told) > 60
    items = simulation.maker(world).items(told, {})
    assert {key_of(item) for item in items} <= simulation.used_keys(), "each was asked for"
    dropped = [event for event in planned(world) if any(event.id in story.dropped for story in stories)]
    assert dropped
    assert {key_of(item) for item in simulation.maker(world).items(dropped, {})} & simulation.used_keys() == set()
    assert simulation.entries_made() == sum(one["posted"] for one in simulation.worlds())
    check_ledger(simulation.ledger_file)
    assert simulation.broken_rows() == []
    words = {str(row[0]).lower() for row in simulation.in_ledger("SELECT description FROM entries")}
    assert not [word for word in words if any(telltale in word for telltale in TELLTALE)]


def test_what_people_were_refused_is_listed_to_them_and_to_staff(simulation: Simulation) -> None:
    def listed(path: str, token: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = f"/api/transactions/{path}?status=refused&limit=200{cursor}"
            _, body = simulation.bank.ask("GET", query, token=token)
            found += body["data"]
            if not body["next_cursor"]:
                return found
            cursor = f"&cursor={body['next_cursor']}"

    refused = sum(world["refused"] for world in simulation.worlds())
    of_staff = listed("all", simulation.token)
    assert len(of_staff) == refused > 0
    assert {"card_purchase", "withdrawal"} & {row["type"] for row in of_staff}
    (job,) = [job for job in simulation.ask("GET", "jobs") if job["kind"] == "world"]
    own = [row for log_in in job["log_ins"] for row in listed("list", simulation.bank.log_in(**log_in))]
    assert own
    assert {row["id"] for row in own} <= {row["id"] for row in of_staff}


def test_two_worlds_of_one_seed_live_the_same_scenarios(simulation: Simulation) -> None:
    prints = []
    for hours in ((48,), (7, 17, 24)):
        asked = {"seed": 13, "customers": 8, "days": 1, "start_date": "2026-02-01"}
        simulation.wait(simulation.ask("POST", "worlds", asked))
        simulation.ask("POST", "scenarios", {"name": "cycle", "seed": 5})
        for span in hours:
            simulation.wait(simulation.ask("POST", "advance", {"hours": span}))
        prints.append(simulation.world()["plan_sha256"])
    assert prints[0] == prints[1]
    simulation.wait(
        simulation.ask("POST", "worlds", {"seed": 13, "customers": 8, "days": 3, "start_date": "2026-02-01"})
    )
    assert simulation.world()["plan_sha256"] != prints[0]


def test_what_cannot_happen_is_refused_and_nothing_is_stored(simulation: Simulation) -> None:
    simulation.wait(
        simulation.ask("POST", "worlds", {"seed": 14, "customers": 5, "days": 1, "start_date": "2026-02-01"})
    )
    before = len(simulation.ask("GET", "scenarios?limit=200"))

    def refused(**wanted: Any) -> tuple[int, str, dict[str, Any]]:
        status, body = simulation.bank.ask("POST", "/api/simulator/scenarios", wanted, token=simulation.token)
        return status, body["error_code"], body["details"]

    assert refused(name="stack", width=2) == (409, "TOO_FEW_PEOPLE", {"needed": 6, "people": 5})
    for wanted in ({"name": "alchemy"}, {"name": "fan_in", "width": 41}, {"name": "cycle", "start": "2026-02-01"}):
        assert refused(**wanted)[:2] == (422, "VALIDATION_ERROR")
    assert len(simulation.ask("GET", "scenarios?limit=200")) == before
    kinds = simulation.ask("GET", "scenarios/kinds")["kinds"]
    assert [kind["name"] for kind in kinds] == [kind.name for kind in KINDS]
    later = simulation.ask("POST", "scenarios", {"name": "fan_in", "width": 3, "start": "2026-03-01", "look_alikes": 0})
    assert [one["begins"][:10] for one in later["injected"]] == ["2026-03-01"]
