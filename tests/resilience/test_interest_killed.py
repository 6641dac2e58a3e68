"""SIGKILL at random moments while months of interest and fees are posted: each account has each month, once."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests import databases
from tests.oracle import check_ledger
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

CLOCK = "/api/transactions/clock"
PLAN = {
    "version": 1,
    "valid_from": 0,
    "currency": "EUR",
    "credit_rate": 30_000,
    "tiers": [{"from_minor": 50_000, "rate": 10_000}],
    "day_count": "act/365",
    "paid": "monthly",
    "debit_rate": 99_000,
    "overdraft_limit_minor": 500_000,
    "minimum_balance_minor": 0,
    "monthly_fee_minor": 400,
    "overdraft_fee_minor": 500,
}


def test_months_of_interest_survive_kills(tmp_path: Path) -> None:
    check_months(tmp_path, accounts=often(230, 300), months=often(4, 6), kills=often(4, 6))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_year_of_interest_survives_sixty_kills(tmp_path: Path) -> None:
    check_months(tmp_path, accounts=3_000, months=12, kills=60)


def check_months(folder: Path, *, accounts: int, months: int, kills: int) -> None:
    """Move the clock through so many months, and kill the ledger again and again on the way."""
    rng = random.Random(kills)
    ledger = LedgerProcess(folder)
    ledger.start()
    try:
        staff = ledger.keys.headers("01890000-0000-7000-8000-00000000000f", role="employee", life_seconds=7200)
        simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate", life_seconds=7200)
        status, body = ledger.once("PUT", "/internal/ledger/rate-plans/plus", PLAN, ledger.service)
        assert status == 200, body
        opened = ledger.open_accounts(accounts, 100_000, rate_plan="plus")
        for account_id, headers in opened[::3]:
            payload = {"account_id": account_id, "amount": f"{rng.randrange(110_000, 500_000) / 100:.2f}"}
            status, body = ledger.once("POST", "/api/transactions/withdraw", payload, headers)
            assert status == 201, body
        begun = ledger.once("GET", CLOCK, headers=staff)[1]["data"]["bank_time"]
        for number in range(kills):
            step = {"advance_to": _month_after(begun, (number + 1) * months // kills), "wait_seconds": 0}
            status, body = ledger.until_answered("POST", CLOCK, step, simulator)
            assert status in (200, 400), body  # 400: the clock is there already
            time.sleep(rng.random() * 0.15)
            ledger.kill()
            ledger.start()
        deadline = time.monotonic() + 240
        while (now := ledger.once("GET", CLOCK, headers=staff)[1]["data"])["target_time"] is not None:
            assert time.monotonic() < deadline, now
            time.sleep(0.05)
        assert now["stopped_work"] == 0
        assert ledger.proof() == []
    finally:
        ledger.stop()
    check_ledger(ledger.database)
    with databases.snapshot_of(ledger.database) as connection:
        rows = connection.exec_driver_sql(
            "SELECT COALESCE(payer_key, payee_key), type, effective_at FROM entries "
            "WHERE type IN ('interest', 'interest_charge', 'fee')"
        ).all()
        order = connection.exec_driver_sql("SELECT effective_at FROM entries ORDER BY position").scalars().all()
    posted = Counter((row[0], row[1], row[2]) for row in rows)
    interest = [key for key in posted if key[1] != "fee"]
    assert len(interest) == accounts * months, "each account has each month"
    assert {posted[key] for key in interest} == {1}, "and has it once"
    fees = Counter(times for key, times in posted.items() if key[1] == "fee")
    below = len(opened[::3])
    assert fees == {1: (accounts - below) * months, 2: below * months}, "an overdraft costs a fee of its own"
    assert list(order) == sorted(order), "in order of time"


def _month_after(wire: str, months: int) -> str:
    """The second of the month so many months after a moment's."""
    year, month = int(wire[:4]), int(wire[5:7]) - 1 + months
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}-02"
