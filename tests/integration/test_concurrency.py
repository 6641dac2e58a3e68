"""Money under concurrency (catalogue 4, 5, 11, 13): real threads, real conflicts, one file."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.every_database

CROSSING_SECONDS = 6


def test_of_64_withdrawals_of_the_whole_balance_exactly_one_succeeds(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account()
    with ThreadPoolExecutor(64) as pool:
        for _ in range(20):
            assert ada.deposit("100.00").status_code == 201
            replies = list(pool.map(lambda _: ada.withdraw("100.00"), range(64)))
            assert Counter(reply.status_code for reply in replies) == {201: 1, 400: 63}
            refused = {reply.json["error_code"] for reply in replies if reply.status_code == 400}
            assert refused == {"INSUFFICIENT_FUNDS"}
    assert ada.balance_minor == 0


def test_crossing_transfers_neither_deadlock_nor_lose_a_cent_while_reads_stay_consistent(
    ledger: LedgerUnderTest,
) -> None:
    holders = [ledger.open_account(deposit_minor=50_000) for _ in range(4)]
    ids = [holder.account_id for holder in holders]
    statuses: Counter[int] = Counter()
    problems: list[str] = []
    until = time.monotonic() + CROSSING_SECONDS

    def move(seed: int) -> None:
        rng = random.Random(seed)
        while time.monotonic() < until:
            source, target = rng.sample(holders, 2)
            statuses[source.pay(target, f"{rng.randint(1, 20_000) / 100:.2f}").status_code] += 1

    def watch() -> None:
        while time.monotonic() < until:
            body = {"account_ids": ids}
            reply = ledger.call("POST", "/internal/ledger/balances", body, headers=ledger.service)
            balances = [int(row["balance"].replace(".", "")) for row in reply.json["data"]]
            if len(balances) != 4 or sum(balances) != 200_000 or min(balances) < 0:
                problems.append(str(balances))

    threads = [threading.Thread(target=move, args=(seed,)) for seed in range(32)] + [threading.Thread(target=watch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert set(statuses) <= {201, 400}
    assert statuses[201] > 100


def test_64_partial_reversals_at_once_never_exceed_the_original(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account(deposit_minor=10_000)
    path = f"/api/transactions/{ada.pay(bob, '10.00').json['data']['id']}/reverse"
    staff = ledger.staff()
    body = {"reason": "in parts", "amount": "3.00"}
    with ThreadPoolExecutor(64) as pool:
        replies = list(pool.map(lambda _: ledger.call("POST", path, body, headers=staff), range(64)))
    assert Counter(reply.status_code for reply in replies) == {201: 3, 400: 61}
    assert ada.balance_minor == 10_000 - 1_000 + 900
