"""A Galera cluster loses servers amid payments: killed, cut off, all at once. Nothing that was told is untrue later."""

import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from benchmarks.galera import GaleraCluster
from tests import copied_databases, databases
from tests.bank_processes import wait_until
from tests.cluster.outages import seconds_until_paid
from tests.cluster.spread_ledger import OneServer, open_spread_ledger
from tests.resilience.test_sigkill import Run, check_kills_under_load
from tests.resilience.trusting_clients import TrustingClients

pytestmark = [pytest.mark.cluster, pytest.mark.breaks_database]

AMID_SECONDS, RECOVERED_SECONDS = 2.0, 20.0


def test_a_server_that_is_killed_and_comes_back_loses_nothing(galera: GaleraCluster, tmp_path: Path) -> None:
    with open_spread_ledger(tmp_path, galera) as ledger:
        clients = TrustingClients(ledger)
        with clients.paying():
            time.sleep(AMID_SECONDS)
            galera.nodes[0].kill()
            print(f"one of three servers killed: paid again after {seconds_until_paid(clients):.1f} s")
            time.sleep(AMID_SECONDS)
            galera.nodes[0].start_again()
            seconds_until_paid(clients)
        clients.check()
        ledger.check_everywhere(clients.done)
        ledger.check_each_pays()


def test_a_server_that_is_cut_off_takes_nothing_and_comes_back_with_everything(
    galera: GaleraCluster, tmp_path: Path
) -> None:
    lonely = galera.nodes[1]
    with open_spread_ledger(tmp_path, galera) as ledger:
        clients = TrustingClients(ledger)
        with clients.paying():
            time.sleep(AMID_SECONDS)
            lonely.isolate(is_cut_off=True)
            print(f"one of three servers cut off: paid again after {seconds_until_paid(clients):.1f} s")
            lonely.wait_until(lambda: lonely.status("wsrep_cluster_status") == "non-Primary")
            wait_until(ledger.answers_at_each, RECOVERED_SECONDS)
            lonely.isolate(is_cut_off=False)
            lonely.wait_until(lambda: lonely.status("wsrep_local_state_comment") == "Synced")
            seconds_until_paid(clients)
        clients.check()
        ledger.check_everywhere(clients.done)
        ledger.check_each_pays()


def test_all_servers_killed_at_once_come_back_with_all_that_was_told(galera: GaleraCluster, tmp_path: Path) -> None:
    with open_spread_ledger(tmp_path, galera) as ledger:
        clients = TrustingClients(ledger)
        with clients.paying():
            time.sleep(AMID_SECONDS)
            for node in galera.nodes:
                node.kill()
            galera.start_again()
            seconds_until_paid(clients)
        clients.check()
        ledger.check_everywhere(clients.done)
        ledger.check_each_pays()


def test_a_ledger_of_two_processes_that_is_killed_again_and_again_doubles_nothing(
    galera: GaleraCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(copied_databases.FOLDER)
    with databases.standing_on(OneServer(galera, 0)):
        name = str(make_url(databases.url_of(tmp_path / "transaction_service.db")).database)
        settings = {"TRANSACTION_WORKERS": "2", "TRANSACTION_DATABASE_URL": galera.url(name, first=1)}
        check_kills_under_load(Run(transfers=800, kills=3), tmp_path, **settings)
