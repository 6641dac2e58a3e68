"""SIGKILL at random moments while a year of due work is done: each is done once, none is left out, in order of time.

`make test` runs a short version; `make soak` the long one of 60 kills.
"""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from tests import databases
from tests.oracle import check_ledger
from tests.resilience.killed_year import live_a_year
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import often

pytestmark = pytest.mark.thorough


def test_a_year_of_due_work_survives_kills(tmp_path: Path) -> None:
    check_a_year(tmp_path, holds=often(120, 250), kills=often(3, 5))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_year_of_due_work_survives_sixty_kills(tmp_path: Path) -> None:
    check_a_year(tmp_path, holds=6_000, kills=60)


def check_a_year(folder: Path, *, holds: int, kills: int) -> None:
    """Place holds that expire over a year, move the clock by it, and kill the ledger again and again on the way."""
    rng = random.Random(kills)
    ledger = LedgerProcess(folder)
    ledger.start()
    try:
        staff = ledger.keys.headers("01890000-0000-7000-8000-00000000000f", role="employee", life_seconds=7200)
        (account_id, _), *_ = ledger.open_accounts(1, holds * 100)
        expected = {}
        for number in range(holds):
            span = {"days": rng.randint(0, 364), "hours": rng.randint(1, 23)}
            payload = {"account_id": account_id, "amount": "1.00", "expires_in": span}
            headers = {**staff, "Idempotency-Key": f"hold-{number}"}
            status, body = ledger.once("POST", "/api/transactions/holds", payload, headers)
            assert status == 201, body
            expected[body["data"]["id"]] = body["data"]["expires_at"]
        live_a_year(ledger, kills, rng)
        assert ledger.proof() == []
    finally:
        ledger.stop()
    check_ledger(ledger.database)
    with databases.snapshot_of(ledger.database) as connection:
        rows = connection.exec_driver_sql("SELECT data FROM events WHERE type = 'hold_expired' ORDER BY position")
        told = [json.loads(row[0]) for row in rows]
        left = connection.exec_driver_sql("SELECT COUNT(*) FROM due_work").scalar()
        held = connection.exec_driver_sql("SELECT SUM(held_minor) FROM accounts").scalar()
    assert (left, held) == (0, 0)
    assert Counter(event["hold_id"] for event in told) == Counter(expected.keys()), "each once, none left out"
    assert [event["happened_at"] for event in told] == sorted(expected.values()), "in order of time, at its time"
