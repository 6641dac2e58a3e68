"""A year with interest, orders, direct debits, holds and card bills at once, killed again and again: what comes of it
is what comes of it in a ledger that nobody kills. `make soak` has the one of 60 kills.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.oracle import check_ledger
from tests.resilience.arranged_year import arrange, what_came
from tests.resilience.failing_ledger import POINTS_OF_WORK, arm
from tests.resilience.killed_year import CLOCK, live_a_year, wait_until_done
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import often


@contextmanager
def _ledger(folder: Path, *, fails: bool = False) -> Iterator[LedgerProcess]:
    folder.mkdir()
    entry = ("tests.resilience.failing_ledger",) if fails else ("shared.server", "transaction_service")
    running = LedgerProcess(folder, entry, {"FAILPOINT": str(folder / "armed")})
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_an_arranged_year_survives_kills(tmp_path: Path) -> None:
    check_a_year(tmp_path, people=often(6, 15), kills=often(4, 8))


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_an_arranged_year_survives_sixty_kills(tmp_path: Path) -> None:
    check_a_year(tmp_path, people=100, kills=60)


def check_a_year(folder: Path, *, people: int, kills: int) -> None:
    """Two ledgers with the same arrangements live the same year, one of them with kills on the way."""
    with _ledger(folder / "calm") as calm, _ledger(folder / "killed") as killed:
        for ledger in (calm, killed):
            arrange(ledger, people)
        live_a_year(calm, 0, random.Random(kills))
        live_a_year(killed, kills, random.Random(kills))
        for ledger in (calm, killed):
            assert ledger.proof() == []
            check_ledger(ledger.database)
        expected = what_came(calm)
        assert {kind for kind, *_ in expected["entries"]} >= {
            *("interest", "standing_order", "direct_debit", "card_purchase", "card_payment", "fee", "interest_charge")
        }
        assert what_came(killed) == expected


def test_a_death_at_any_step_of_what_falls_due_changes_nothing_of_it(tmp_path: Path) -> None:
    """Between the steps of a month the process dies at each point in turn."""
    with _ledger(tmp_path / "calm") as calm, _ledger(tmp_path / "failing", fails=True) as failing:
        for ledger in (calm, failing):
            arrange(ledger, 3)
        begun, died = datetime.now(UTC), set()
        for day in range(1, 32):
            point = POINTS_OF_WORK[day % len(POINTS_OF_WORK)]
            arm(failing.folder, point)
            for ledger in (calm, failing):
                _go_to(ledger, begun + timedelta(days=day))
            if (failing.folder / "armed").exists():
                (failing.folder / "armed").unlink()
            else:
                died.add(point)
        assert died == set(POINTS_OF_WORK)
        for ledger in (calm, failing):
            assert ledger.proof() == []
            check_ledger(ledger.database)
        assert what_came(failing) == what_came(calm)


def _go_to(ledger: LedgerProcess, moment: datetime) -> None:
    headers = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate", life_seconds=7200)
    step = {"advance_to": moment.isoformat(), "wait_seconds": 0}
    status, body = ledger.until_answered("POST", CLOCK, step, headers)
    assert status in (200, 400), body  # 400: it is there, the answer was lost
    wait_until_done(ledger)
