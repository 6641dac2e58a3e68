"""SIGKILL at random moments under load (catalogue 2): each key exactly once, right to the cent.

`make test` runs a short version, twice as long in CI; `make soak` the long one of 60 kills and 20,000 transfers.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle import Acknowledged, check_ledger
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import often

CLIENTS = 16
ACCOUNTS = 32
OPENING_MINOR = 100_000


@dataclass(frozen=True)
class Run:
    """How long and how hard."""

    transfers: int
    kills: int


@pytest.mark.parametrize("run", [Run(transfers=often(1_200, 2_400), kills=often(3, 6))], ids=["short"])
def test_random_kills_lose_nothing_and_double_nothing(run: Run, tmp_path: Path) -> None:
    check_kills_under_load(run, tmp_path)


@pytest.mark.every_server
def test_random_kills_of_two_processes_on_a_server_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    check_kills_under_load(Run(transfers=800, kills=3), tmp_path, TRANSACTION_WORKERS="2")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_sixty_random_kills_under_twenty_thousand_transfers(tmp_path: Path) -> None:
    check_kills_under_load(Run(transfers=20_000, kills=60), tmp_path)


def check_kills_under_load(run: Run, folder: Path, **settings: str) -> None:
    ledger = LedgerProcess(folder, environment=settings)
    ledger.start()
    try:
        accounts = ledger.open_accounts(ACCOUNTS, OPENING_MINOR)
        acknowledged: list[Acknowledged] = []
        answered: list[int] = []
        errors: list[BaseException] = []
        started = time.monotonic()

        def work(client: int) -> None:
            rng = random.Random(client)
            try:
                for number in range(run.transfers // CLIENTS):
                    (source, headers), (target, _) = rng.sample(accounts, 2)
                    key = f"{client}-{number}"
                    payload = {"from_account_id": source, "to_account_id": target}
                    payload["amount"] = f"{rng.randint(1, 60_000) / 100:.2f}"
                    sent = {**headers, "Idempotency-Key": key}
                    status, body = ledger.until_answered("POST", "/api/transactions/transfer", payload, sent)
                    answered.append(status)
                    if status == 201:
                        acknowledged.append(Acknowledged(key, body["data"]["id"]))
            except BaseException as error:  # noqa: BLE001 (a thread's failure must reach the test)
                errors.append(error)

        clients = [threading.Thread(target=work, args=(client,)) for client in range(CLIENTS)]
        for client in clients:
            client.start()
        kills = _kill_at_random(ledger, run, clients, answered)
        for client in clients:
            client.join()
        assert errors == []
        statuses = Counter(answered)
        assert set(statuses) <= {201, 400}, statuses
        assert len(answered) == run.transfers
        assert kills >= run.kills, "the load ended before the kills did"
        assert ledger.proof() == []
        counts = check_ledger(ledger.database, acknowledged)
        assert counts["entries"] == len(acknowledged) + ACCOUNTS
        assert counts["keys"] == run.transfers + ACCOUNTS
        seconds = time.monotonic() - started
        print(f"{kills} kills, {len(answered)} keys in {seconds:.1f} s: {dict(statuses)}, every one exactly once")
    finally:
        ledger.stop()


def _kill_at_random(ledger: LedgerProcess, run: Run, clients: list[threading.Thread], answered: list[int]) -> int:
    """Kill whenever another share of the work is done, at a random moment of it; the number of kills."""
    rng = random.Random(0)
    kills = 0
    marks = sorted(rng.sample(range(run.transfers // 20, run.transfers * 19 // 20), run.kills))
    for mark in marks:
        while len(answered) < mark and any(client.is_alive() for client in clients):
            time.sleep(0.002)
        if not any(client.is_alive() for client in clients):
            break
        time.sleep(rng.random() * 0.05)
        ledger.kill()
        kills += 1
        ledger.start()
    return kills
