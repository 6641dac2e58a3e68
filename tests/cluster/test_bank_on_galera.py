"""The whole bank on a Galera cluster, whose services begin with different servers: a day, a restart, a reset."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from benchmarks.galera import GaleraCluster
from shared.services import BACKENDS
from tests import copied_databases, databases
from tests.cluster.spread_ledger import OneServer
from tests.e2e.running_bank import RunningBank
from tests.resilience import test_bank_on_servers

check_a_day_a_restart_and_a_reset = (
    test_bank_on_servers.test_a_bank_on_one_server_works_goes_on_after_a_restart_and_can_be_emptied
)
pytestmark = pytest.mark.cluster


@pytest.fixture
def new_bank(
    galera: GaleraCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], RunningBank]]:
    """Makes banks that have nothing but databases on the cluster."""
    monkeypatch.delenv(copied_databases.FOLDER)
    with ExitStack() as running:
        running.enter_context(databases.standing_on(OneServer(galera, 0)))

        def make(name: str) -> RunningBank:
            (tmp_path / name).mkdir()
            bank = RunningBank(tmp_path / name)
            running.callback(bank.end)
            for number, service in enumerate(BACKENDS):
                made = databases.url_of(bank.data / f"{service.package}.db")
                url = galera.url(str(make_url(made).database), first=number % 3)
                bank.environment[f"{service.env_prefix}_DATABASE_URL"] = url
            return bank

        yield make


def test_a_bank_on_a_cluster_works_goes_on_after_a_restart_and_can_be_emptied(
    new_bank: Callable[[str], RunningBank],
) -> None:
    check_a_day_a_restart_and_a_reset(new_bank)
