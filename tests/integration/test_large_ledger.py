"""The benchmark's large ledger is a ledger: its proof holds, and what is timed really moved money."""

from pathlib import Path

import pytest

from benchmarks.large_ledger import GROUP, Ledger, grow, new_ledger, timed
from tests.oracle import check_ledger
from transaction_service.proof import reconciliation

ACCOUNTS, POSTINGS = 40, 2_400


@pytest.fixture
def large(tmp_path: Path) -> Ledger:
    return new_ledger(tmp_path / "large.db", ACCOUNTS)


def test_a_grown_ledger_has_as_many_postings_as_asked_for_and_its_proof_holds(large: Ledger, tmp_path: Path) -> None:
    grow(large, POSTINGS)
    assert large.entries() == POSTINGS // 2
    assert reconciliation.findings(large.database) == []
    per_second, used_us = timed(large, 3)
    assert per_second > 0
    assert used_us > 0
    assert large.entries() == POSTINGS // 2 + 3 * GROUP
    large.database.close()
    check_ledger(tmp_path / "large.db", [])


def test_what_is_refused_is_not_measured_as_fast(large: Ledger) -> None:
    large.accounts = [(owner_id, owner_id) for owner_id, _ in large.accounts]
    with pytest.raises(RuntimeError, match="NOT_FOUND"):
        large.post(1)
    large.database.close()
