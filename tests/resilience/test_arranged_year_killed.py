"""A year with interest, orders, direct debits, holds and card bills at once, killed again and again: what comes of it
is what comes of it in a ledger that nobody kills. `make soak` has the one of 60 kills.

Orders pay into another currency as well, payments are tried again at two o'clock for want of money, and mandates that
nobody uses expire.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import check_ledger
from tests.resilience.arranged_year import YEAR_BEGINS, arrange, go_to, what_came
from tests.resilience.failing_ledger import POINTS_OF_WORK, arm
from tests.resilience.killed_year import live_a_year
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import often

pytestmark = pytest.mark.thorough


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
        live_a_year(calm, 0, random.Random(kills), begun=YEAR_BEGINS)
        live_a_year(killed, kills, random.Random(kills), begun=YEAR_BEGINS)
        for ledger in (calm, killed):
            assert ledger.proof() == []
            check_ledger(ledger.database)
        expected = what_came(calm)
        check_has_everything(expected, people)
        assert what_came(killed) == expected


def check_has_everything(came: dict[str, Any], people: int) -> None:
    """Of each kind of work that falls due in a year something was done in this one."""
    assert {kind for kind, *_ in came["entries"]} >= {
        *("interest", "standing_order", "direct_debit", "card_purchase", "card_payment", "fee", "interest_charge")
    }
    assert {(kind, currency) for _, kind, *_, currency in came["exchanged"]} == {("standing_order", "USD")}
    once: Counter[tuple[str, int, str | None]] = Counter()
    for (hour, kind, _, attempts, error), count in came["executions"].items():
        if kind == "scheduled_payment":
            once[hour[-8:-6], attempts, error] += count
    assert once == {("06", 1, None): people, ("14", 2, None): people, ("14", 2, "INSUFFICIENT_FUNDS"): people}
    unused = 1 + people // 10
    mandates = Counter(status for (_, status), count in came["mandated"].items() for _ in range(count))
    assert mandates == {"active": people, "expired": unused}
    returned = [count for (_, _, code, _), count in came["collected"].items() if code == "MD01"]
    assert sum(returned) == unused


def test_a_death_at_any_step_of_what_falls_due_changes_nothing_of_it(tmp_path: Path) -> None:
    """Between the steps of a month the process dies at each point in turn."""
    with _ledger(tmp_path / "calm") as calm, _ledger(tmp_path / "failing", fails=True) as failing:
        for ledger in (calm, failing):
            arrange(ledger, 3)
        died = set()
        for day in range(1, 32):
            point = POINTS_OF_WORK[day % len(POINTS_OF_WORK)]
            arm(failing.folder, point)
            for ledger in (calm, failing):
                go_to(ledger, YEAR_BEGINS + timedelta(days=day))
            if (failing.folder / "armed").exists():
                (failing.folder / "armed").unlink()
            else:
                died.add(point)
        assert died == set(POINTS_OF_WORK)
        for ledger in (calm, failing):
            assert ledger.proof() == []
            check_ledger(ledger.database)
        assert what_came(failing) == what_came(calm)
