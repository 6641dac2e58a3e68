"""PostgreSQL under Patroni loses its leader amid payments. What was told to be done is on the server that follows."""

import time
from pathlib import Path

import pytest

from benchmarks.patroni import PatroniCluster
from tests.bank_processes import wait_until
from tests.cluster.outages import seconds_until_paid
from tests.cluster.spread_ledger import open_spread_ledger
from tests.resilience.trusting_clients import TrustingClients

pytestmark = [pytest.mark.cluster, pytest.mark.breaks_database]

AMID_SECONDS = 2.0


def test_the_leader_that_is_killed_is_followed_by_one_that_has_all_that_was_told(
    patroni: PatroniCluster, tmp_path: Path
) -> None:
    with open_spread_ledger(tmp_path, patroni) as ledger:
        clients = TrustingClients(ledger)
        before = patroni.leader()
        with clients.paying():
            time.sleep(AMID_SECONDS)
            before.kill()
            print(f"the leader killed: paid again after {seconds_until_paid(clients):.1f} s")
            assert patroni.leader() != before
            before.start()
            patroni.wait_until_whole()
            seconds_until_paid(clients)
        clients.check()
        ledger.check_everywhere(clients.done)
        ledger.check_each_pays()


def test_a_leader_that_only_hands_over_is_left_for_the_new_one(patroni: PatroniCluster, tmp_path: Path) -> None:
    with open_spread_ledger(tmp_path, patroni) as ledger:
        clients = TrustingClients(ledger)
        before = patroni.leader()
        with clients.paying():
            time.sleep(AMID_SECONDS)
            patroni.hand_over()
            wait_until(lambda: before.role() != "primary", 60)
            print(f"the leader handed over: paid again after {seconds_until_paid(clients):.1f} s")
            patroni.wait_until_whole()
        clients.check()
        ledger.check_everywhere(clients.done)
        ledger.check_each_pays()
