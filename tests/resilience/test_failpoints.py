"""The process dies at each step of a transfer, and the client asks again with the same key (catalogue 1)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.oracle import Acknowledged, check_ledger
from tests.resilience.ledger_process import LedgerProcess

POINTS = [f"{moment}:{step}" for step in ("claim", "entry", "commit", "reply") for moment in ("before", "after")]


def wait_for_death(marker: Path) -> None:
    """After the reply the process dies while its answer is already here, so it is given a moment to."""
    until = time.monotonic() + 10
    while marker.exists():
        assert time.monotonic() < until, "the failpoint was never reached"
        time.sleep(0.01)


@contextmanager
def failing_ledger(folder: Path) -> Iterator[LedgerProcess]:
    running = LedgerProcess(folder, ("tests.resilience.failing_ledger",), {"FAILPOINT": str(folder / "armed")})
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerProcess]:
    with failing_ledger(tmp_path_factory.mktemp("ledger")) as running:
        yield running


@pytest.mark.parametrize("failpoint", POINTS)
def test_a_death_at_any_step_moves_the_money_once(failpoint: str, ledger: LedgerProcess) -> None:
    check_death(failpoint, ledger)


@pytest.mark.every_server
def test_a_death_at_any_step_moves_the_money_once_on_a_server_too(tmp_path: Path) -> None:
    with failing_ledger(tmp_path) as ledger:
        for failpoint in POINTS:
            check_death(failpoint, ledger)


def check_death(failpoint: str, ledger: LedgerProcess) -> None:
    marker = ledger.folder / "armed"
    before = check_ledger(ledger.database)["entries"]
    (source, headers), (target, _) = ledger.open_accounts(2, 10_000)
    payload = {"from_account_id": source, "to_account_id": target, "amount": "25.00"}
    marker.write_text(failpoint)
    sent = {**headers, "Idempotency-Key": f"once-{failpoint}"}
    status, body = ledger.until_answered("POST", "/api/transactions/transfer", payload, sent)
    wait_for_death(marker)
    assert status == 201
    again = ledger.until_answered("POST", "/api/transactions/transfer", payload, sent)
    assert again == (status, body)
    refused = {**payload, "amount": "75.01"}
    marker.write_text(failpoint)
    sent = {**headers, "Idempotency-Key": "refused"}
    status, refusal = ledger.until_answered("POST", "/api/transactions/transfer", refused, sent)
    assert (status, refusal["error_code"]) == (400, "INSUFFICIENT_FUNDS")
    wait_for_death(marker)
    ledger.wait_until_ready()
    assert ledger.proof() == []
    counts = check_ledger(ledger.database, [Acknowledged(f"once-{failpoint}", body["data"]["id"])])
    assert counts["entries"] == before + 3
