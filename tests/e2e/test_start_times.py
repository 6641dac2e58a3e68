"""When a service began is one time, whichever of its processes is asked: the alert of restarts counts its changes."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from shared.services import ACCOUNT
from tests.bank_processes import BankProcesses

STARTED = re.compile(r"^bank_service_start_time_seconds (\S+)$", re.MULTILINE)


def test_each_process_of_a_service_says_when_the_service_began_and_a_new_start_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCOUNT_WORKERS", "3")
    bank = BankProcesses(tmp_path)

    def began(_: int) -> float:
        with urllib3.PoolManager(retries=False) as pool:  # a connection of its own, which any of them takes
            (told,) = STARTED.findall(pool.request("GET", bank.url(ACCOUNT) + "/metrics", timeout=20).data.decode())
        return float(told)

    def all_told() -> set[float]:
        with ThreadPoolExecutor(12) as threads:
            return set(threads.map(began, range(60)))

    try:
        bank.start(ACCOUNT)
        (first,) = all_told()
        bank.stop(ACCOUNT)
        bank.start(ACCOUNT)
        (second,) = all_told()
        assert first < second
    finally:
        bank.end()
