"""Three account services behind Consul while people use the bank: one is killed, one taken out, one stops."""

import time
from collections.abc import Iterator

import pytest

from shared.services import ACCOUNT
from tests.bank_processes import wait_until
from tests.oracle import check_ledger
from tests.resilience.several_instances import BankOfSeveral, Load, bank_of_several, under_load

pytestmark = pytest.mark.thorough

CHECK_AND_LOOK_UP_SECONDS = 4.0
"""Consul asks every instance each two seconds, and whoever calls one asks Consul as often."""
INSTANCES = 3


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankOfSeveral]:
    with bank_of_several(tmp_path_factory.mktemp("several"), INSTANCES) as bank:
        yield bank


@pytest.fixture(scope="module")
def load(several: BankOfSeveral) -> Iterator[Load]:
    with under_load(several.bank) as load:
        yield load


@pytest.fixture(autouse=True)
def _nothing_was_lost(several: BankOfSeveral, load: Load) -> Iterator[None]:
    """After each test: no transfer was refused or failed, and the ledger holds each one that was acknowledged."""
    yield
    assert load.refused == []
    check_ledger(several.bank.data / "transaction_service.db", list(load.paid))


def test_calls_are_shared_out_among_all_instances(several: BankOfSeveral, load: Load) -> None:
    before = [several.pages_answered(number) for number in range(INSTANCES)]
    load.goes_on()
    for number in range(INSTANCES):
        wait_until(lambda number=number: several.pages_answered(number) > before[number], 60)  # type: ignore[misc]
    assert load.page_errors == []


def test_an_instance_killed_under_load_fails_no_transfer_and_no_page_for_longer_than_it_takes_to_notice(
    several: BankOfSeveral, load: Load
) -> None:
    load.goes_on(10)
    killed_at = time.monotonic()
    several.kill_instance(1)
    wait_until(lambda: several.port(1) not in several.instances_in_consul(), 30)
    load.goes_on()
    assert load.errors_after(killed_at + CHECK_AND_LOOK_UP_SECONDS) == []
    assert load.errors_after(killed_at) == [], "another instance is asked when one cannot be reached"

    several.start_instance(1)
    wait_until(lambda: several.port(1) in several.instances_in_consul(), 60)
    back_at = time.monotonic()
    answered = several.pages_answered(1)
    wait_until(lambda: several.pages_answered(1) > answered, 60)
    assert load.errors_after(back_at) == []


def test_an_instance_in_maintenance_is_asked_nothing_until_it_is_taken_out_again(
    several: BankOfSeveral, load: Load
) -> None:
    began_at = time.monotonic()
    registration = several.registration(2)
    several.agent.maintain(registration, reason="a new disk")
    wait_until(lambda: several.port(2) not in several.instances_in_consul(), 30)
    time.sleep(CHECK_AND_LOOK_UP_SECONDS)
    answered = several.pages_answered(2)
    load.goes_on()
    assert several.pages_answered(2) == answered
    assert several.registration(2) == registration, "it is still there, and knows nothing of it"

    several.agent.maintain(registration, is_over=True)
    wait_until(lambda: several.pages_answered(2) > answered, 60)
    assert load.errors_after(began_at) == []


def test_an_instance_that_stops_leaves_consul_and_nobody_notices(several: BankOfSeveral, load: Load) -> None:
    began_at = time.monotonic()
    several.stop_instance(0)
    registered = several.agent.ask("agent/services").values()
    assert several.port(0) not in {one["Port"] for one in registered if one["Service"] == ACCOUNT.name}
    load.goes_on()
    assert load.errors_after(began_at) == []
    several.start_instance(0)
    wait_until(lambda: several.port(0) in several.instances_in_consul(), 60)


def test_a_registry_that_comes_back_having_forgotten_all_is_told_again_and_nobody_notices(
    several: BankOfSeveral, load: Load
) -> None:
    began_at = time.monotonic()
    several.agent.stop()
    load.goes_on(10)
    several.agent.start()
    wait_until(lambda: len(several.instances_in_consul()) == INSTANCES, 60)
    load.goes_on(10)
    assert load.errors_after(began_at) == []
