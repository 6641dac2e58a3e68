"""Time in worlds that live in a whole bank: how far an advance takes them, jobs that are stopped, the daily job."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from run_simulation_job import alone
from shared.services import GATEWAY
from shared.storage.database import Database
from shared.time.clock import from_datetime
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, HOUR_US, extended_log_sha256
from tests.bank_processes import ROOT, bank_processes
from tests.integration.test_simulator_bank import Simulation, planned
from tests.oracle import check_ledger

LONGEST_STORAGE_WAIT_SECONDS = 10.0
DATED = {"seed": 9, "customers": 6, "days": 10, "start_date": "2026-03-01"}


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as bank:
        yield Simulation(bank)


def instant(wire: str) -> int:
    """Microseconds since the epoch."""
    return from_datetime(datetime.fromisoformat(wire))


def held_up(simulation: Simulation, job: dict[str, Any]) -> int:
    """Keep the simulator's storage busy for longer than it waits; how much the job has posted by then."""
    database = Database.at(f"sqlite:///{simulation.bank.data / 'simulator_service.db'}")
    with database.write(wait_seconds=30):
        time.sleep(LONGEST_STORAGE_WAIT_SECONDS + 1)
    database.close()
    return int(simulation.job(job["id"])["posted"])


def daily_job(simulation: Simulation, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What came of running the program, as cron would, on the bank's machine."""
    told = {**simulation.bank.environment(), "SANDBANK_URL": simulation.bank.url(GATEWAY), **environment}
    command = [sys.executable, str(ROOT / "run_simulation_job.py"), *options]
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)


def test_an_advance_counts_from_where_each_world_has_lived_to_wherever_the_clock_is(simulation: Simulation) -> None:
    """A world of last March lives an hour of March, and not everything until today; 24 hours one by one are a day."""
    simulation.wait(simulation.ask("POST", "worlds", DATED))
    done = simulation.wait(simulation.ask("POST", "advance", {"hours": 1}))
    assert simulation.world()["lived_until"] == done["until"] == "2026-03-11T01:00:00.000000Z"
    clock = simulation.bank.ask("GET", "/api/transactions/clock", token=simulation.token)[1]["data"]
    assert clock["real"], "the bank was past that long ago"
    _, due = simulation.bank.ask("GET", "/api/transactions/clock/due?limit=200", token=simulation.token)
    assert "standing_order" not in {work["kind"] for work in due["data"]}, "no rent of today for people of last March"
    for _ in range(23):
        simulation.wait(simulation.ask("POST", "advance", {"hours": 1}))
    by_hours = simulation.world()
    simulation.check(by_hours)
    simulation.wait(simulation.ask("POST", "worlds", DATED))
    simulation.wait(simulation.ask("POST", "advance", {"days": 1}))
    by_day, still = simulation.worlds()
    assert (by_day["lived_until"], by_day["plan_sha256"]) == (by_hours["lived_until"], by_hours["plan_sha256"])
    assert still["lived_until"] == "2026-03-13T00:00:00.000000Z"
    simulation.wait(simulation.ask("POST", "advance", {"to": "2026-03-12T12:00:00Z"}))
    assert [world["lived_until"][5:13] for world in simulation.worlds()] == ["03-12T12", "03-13T00"]
    status, refused = simulation.bank.ask(
        "POST", "/api/simulator/advance", {"to": "2029-01-01"}, token=simulation.token
    )
    assert (status, list(refused["details"]["fields"])) == (422, ["to"])


def test_a_job_that_met_busy_storage_and_was_killed_and_stopped_leaves_a_world_whole_that_lives_on(
    simulation: Simulation,
) -> None:
    asked = {"seed": 10, "customers": 12, "days": 700, "start_date": "2024-01-01"}
    job = simulation.ask("POST", "worlds", asked)
    simulation.wait(job, lambda seen: seen["posted"] > 0)
    posted = held_up(simulation, job)
    simulation.wait(job, lambda seen: seen["posted"] > posted)
    simulation.restart()
    assert simulation.ask("POST", f"jobs/{job['id']}/cancel")["cancelling"]
    stopped = simulation.wait(job, lambda seen: seen["status"] == "cancelled")
    world = simulation.world()
    assert (stopped["status"], world["status"], world["seed"]) == ("cancelled", "alive", 10)
    assert "2024-01-01" < world["lived_until"] < "2025-12-01"
    simulation.check(world)
    simulation.wait(simulation.ask("POST", "advance", {"days": 2}))
    lived = simulation.world()
    assert instant(lived["lived_until"]) - instant(world["lived_until"]) == 48 * HOUR_US
    simulation.check(lived)


def test_the_daily_job_lets_the_bank_live_and_says_by_its_exit_code_what_came_of_it(simulation: Simulation) -> None:
    before = simulation.world()["lived_until"]
    done = daily_job(simulation, "--hours", "30")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"lived until {simulation.world()['lived_until']}" in done.stdout
    assert instant(simulation.world()["lived_until"]) - instant(before) == 30 * HOUR_US
    quiet = daily_job(simulation, "--days", "1", "--quiet")
    assert (quiet.returncode, quiet.stdout) == (0, "")
    assert daily_job(simulation, "--days", "0").returncode == 2
    assert daily_job(simulation, BANK_ADMIN_USERNAME="admin", BANK_ADMIN_PASSWORD="not this one").returncode == 3
    assert daily_job(simulation, SANDBANK_URL="http://127.0.0.1:9").returncode == 4
    too_far = daily_job(simulation, "--days", "731")
    assert (too_far.returncode, "VALIDATION_ERROR" in too_far.stderr) == (1, True)
    impatient = daily_job(simulation, "--days", "300", "--timeout", "0.01")
    assert (impatient.returncode, "goes on" in impatient.stderr) == (5, True)
    job_id = impatient.stderr.split()[-2]
    simulation.ask("POST", f"jobs/{job_id}/cancel")
    simulation.wait({"id": job_id}, lambda seen: seen["status"] == "cancelled")


def test_while_the_clock_stands_still_worlds_live_by_advance_alone(simulation: Simulation) -> None:
    def clock(payload: object = None) -> dict[str, Any]:
        method = "GET" if payload is None else "POST"
        _, body = simulation.bank.ask(method, "/api/transactions/clock", payload, token=simulation.token)
        return dict(body["data"])

    simulation.wait(simulation.ask("POST", "worlds", {"seed": 11, "customers": 4, "days": 1}))
    stood = clock({"running": False})
    assert (stood["running"], stood["real"]) == (False, False)
    lived = simulation.world()["lived_until"]
    simulation.ask("POST", "live", {"running": True, "speed": 86_400})
    time.sleep(2.5)
    simulation.ask("POST", "live", {"running": False})
    assert (clock()["bank_time"], simulation.world()["lived_until"]) == (stood["bank_time"], lived)
    assert daily_job(simulation).returncode == 0
    day_later = simulation.world()["lived_until"]
    assert instant(day_later) - instant(lived) == 24 * HOUR_US
    assert clock()["bank_time"] == day_later, "the clock goes along, and stands there"
    world = simulation.world()
    assert world["plan_sha256"] == extended_log_sha256(EMPTY_LOG_SHA256, planned(world))
    check_ledger(simulation.ledger_file)
    running = clock({"running": True})
    assert running["running"]
    assert 0 <= instant(running["bank_time"]) - instant(day_later) < HOUR_US
    assert clock()["bank_time"] > day_later


def test_a_world_made_again_has_the_same_people_with_the_same_ids_numbers_and_password(simulation: Simulation) -> None:
    def made() -> list[object]:
        job = simulation.wait(simulation.ask("POST", "worlds", {**DATED, "seed": 99}))
        people = []
        for log_in in job["log_ins"]:
            token = simulation.bank.log_in(**log_in)
            accounts = simulation.bank.ask("GET", "/api/accounts/list", token=token)[1]["data"]
            own = [one for one in accounts if one["account_type"] != "credit"]  # those the bank itself opens
            people.append((log_in, sorted((one["id"], one["user_id"], one["account_number"]) for one in own)))
        return [*people, simulation.world()["plan_sha256"]]

    simulation.ask("POST", "reset", {"confirm": "Sandbank"})
    simulation.token = simulation.bank.admin_token()
    first = made()
    assert len(first) == 6
    simulation.ask("POST", "reset", {"confirm": "Sandbank"})
    simulation.token = simulation.bank.admin_token()
    assert made() == first
    simulation.check(simulation.world())


def test_two_runs_of_the_daily_job_do_not_meet(simulation: Simulation) -> None:
    with alone(simulation.bank.data):
        second = daily_job(simulation)
    assert (second.returncode, "Another run is under way" in second.stderr) == (6, True)
    assert daily_job(simulation, "--hours", "1").returncode == 0
