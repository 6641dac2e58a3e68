"""What a request is told on a Galera cluster whose servers are all written to: no more refusals, and nothing old."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.galera import GaleraCluster
from tests.bank_processes import wait_until
from tests.cluster.spread_ledger import open_spread_ledger

pytestmark = pytest.mark.cluster

THREADS, EACH = 9, 12
HELD_UP_SECONDS = 3


def test_what_is_written_past_the_commit_queue_at_three_servers_at_once_is_refused_to_nobody(
    galera: GaleraCluster, tmp_path: Path
) -> None:
    """Accounts are opened by a transaction of their own, which another server's undoes now and then."""
    with open_spread_ledger(tmp_path, galera) as ledger:
        with ThreadPoolExecutor(THREADS) as pool:
            opened = list(pool.map(lambda _: ledger.open_account(deposit_minor=100), range(THREADS * EACH)))
        assert ledger.check_everywhere()["entries"] == len(opened)


def test_a_balance_is_never_older_than_a_payment_that_was_answered_elsewhere(
    galera: GaleraCluster, tmp_path: Path
) -> None:
    """The server that is asked is held up: it has the payment, and has not yet carried it out."""
    with open_spread_ledger(tmp_path, galera) as ledger:
        payer, payee = ledger.open_account(deposit_minor=10_000), ledger.open_account()
        wait_until(lambda: ledger.at(1).balance_minor(payer.account_id) == 10_000, 20)
        with ThreadPoolExecutor(1) as pool:
            held_up = pool.submit(galera.nodes[1].ask, f"FLUSH TABLES WITH READ LOCK; SELECT SLEEP({HELD_UP_SECONDS})")
            time.sleep(HELD_UP_SECONDS / 3)
            assert replace(payer, ledger=ledger.at(0)).pay(payee, "1.00").status_code == 201
            assert not held_up.done(), "the payment waited until the server was free again"
            assert ledger.at(1).balance_minor(payee.account_id) == 100
            held_up.result()
