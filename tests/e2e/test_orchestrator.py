"""What `run_services.py` promises: clear words, restarts, and nothing left running however it ends (catalogue 24)."""

import os
import signal
import socket

import pytest

from orchestrator import demo_world
from orchestrator.restart_policy import ALARM_EXITS
from shared.services import AUTH, GATEWAY, SERVICES, SIMULATOR, TRANSACTION
from tests.bank_processes import wait_until
from tests.e2e.running_bank import STOP_SECONDS, RunningBank

pytestmark = pytest.mark.thorough

ONLY_AUTH = [f"--no-{service.flag}" for service in SERVICES if service != AUTH]
ONLY_THREE = [f"--no-{service.flag}" for service in SERVICES if service not in (AUTH, GATEWAY, TRANSACTION)]
ONLY_WHAT_A_WORLD_NEEDS = [f"--no-{service.flag}" for service in SERVICES if service not in demo_world.NEEDED]


def test_a_taken_port_is_named_with_the_setting_that_changes_it(own_bank: RunningBank) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", own_bank.ports[TRANSACTION.name]))
        other.listen()
        own_bank.start("--no-demo")
        assert own_bank.process.wait(20) == 1
    assert f"port {own_bank.ports[TRANSACTION.name]}" in own_bank.output
    assert "TRANSACTION_PORT" in own_bank.output
    assert own_bank.left_running() == []


def test_a_port_that_is_no_number_is_told_before_anything_starts(own_bank: RunningBank) -> None:
    own_bank.environment["AUTH_PORT"] = "80o1"
    own_bank.start("--no-demo")
    assert own_bank.process.wait(20) == 1
    assert "AUTH_PORT is '80o1'" in own_bank.output


def test_two_banks_do_not_share_a_data_directory(own_bank: RunningBank) -> None:
    own_bank.start(*ONLY_AUTH)
    own_bank.wait_until_ready()
    first = own_bank.process
    own_bank.start(*ONLY_AUTH)
    assert own_bank.process.wait(20) == 1
    assert "a bank already runs on" in own_bank.output
    first.send_signal(signal.SIGTERM)
    assert first.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_polite_end_leaves_nothing_running(own_bank: RunningBank, how: signal.Signals) -> None:
    """The signal goes to the whole process group, as a terminal and a service manager send it."""
    own_bank.start(*ONLY_AUTH)
    own_bank.wait_until_ready()
    os.killpg(own_bank.process.pid, how)
    assert own_bank.process.wait(STOP_SECONDS) == 0
    wait_until(lambda: not own_bank.left_running(), 3.0)
    assert not (own_bank.data / "run.json").exists()
    assert "nothing is left running" in own_bank.output
    assert "starting it again" not in own_bank.output


@pytest.mark.parametrize("moment", ["the processes are being forked", "a service listens", "the bank makes its users"])
def test_a_stop_while_it_starts_needs_no_force_and_leaves_nothing_running(own_bank: RunningBank, moment: str) -> None:
    own_bank.start("--no-demo", *ONLY_THREE)
    if moment == "the processes are being forked":
        wait_until((own_bank.data / "run.json").exists, 60)
    else:
        own_bank.wait_for(r"\| ready address" if moment == "a service listens" else r"\| signing_key_made")
    assert own_bank.stop() == 0
    assert "was killed" not in own_bank.output
    wait_until(lambda: not own_bank.left_running(), 3.0)


def test_a_killed_orchestrator_leaves_no_port_conflict_and_no_second_world(own_bank: RunningBank) -> None:
    own_bank.start(*ONLY_WHAT_A_WORLD_NEEDS)
    own_bank.wait_for("job_begins")
    own_bank.kill()
    own_bank.start(*ONLY_WHAT_A_WORLD_NEEDS)
    own_bank.wait_until_ready()
    admin = own_bank.log_in(own_bank.credentials()["admin"])
    jobs = own_bank.data_of("GET", "/api/simulator/jobs", token=admin)
    assert [(job["kind"], job["status"]) for job in jobs] == [("world", "succeeded")]
    assert len(own_bank.credentials()["customers"]) == 5


def test_a_service_that_keeps_dying_raises_an_alarm_and_the_others_go_on(own_bank: RunningBank) -> None:
    own_bank.environment["SIMULATOR_DATABASE_URL"] = "sqlite:////nowhere/at/all.db"
    own_bank.start("--no-demo")
    own_bank.wait_for(rf"{SIMULATOR.name} +\| ALARM: {ALARM_EXITS} exits")
    status, body = own_bank.ask("GET", "/health")
    assert (status, body["status"]) == (503, "degraded")
    unhealthy = [name for name, health in body["services"].items() if health != "healthy"]
    assert unhealthy == [SIMULATOR.name]
    assert own_bank.log_in(own_bank.credentials()["admin"])
    pauses = [line for line in own_bank.output.splitlines() if "starting it again in" in line]
    assert len(pauses) == ALARM_EXITS - 1
    assert own_bank.pid_of(GATEWAY) is not None
    assert own_bank.stop() == 0
    wait_until(lambda: not own_bank.left_running(), 3.0)


def test_a_service_that_was_killed_is_there_again_and_its_restarts_are_told(own_bank: RunningBank) -> None:
    own_bank.start("--no-demo")
    own_bank.wait_until_ready()

    def restarts() -> int | None:
        facts = own_bank.ask("GET", "/health")[1]["facts"].get(SIMULATOR.name)
        return None if facts is None else int(facts["restarts"])

    assert restarts() == 0
    pid = own_bank.pid_of(SIMULATOR)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: restarts() == 1, 60)
