"""SIGKILL at random moments of a year with standing orders and direct debits; and a year with a thousand of them.

`make test` runs a short version; `make soak` the long one of 60 kills.
"""

import random
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import databases
from tests.oracle import check_ledger
from tests.resilience.killed_year import CLOCK, HOURS, live_a_year
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import lengths, often
from transaction_service.orders.schedule import Schedule

pytestmark = pytest.mark.thorough

FREQUENCIES = ("weekly", "two_weekly", "monthly", "two_monthly", "quarterly", "half_yearly")
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_year_of_orders_survives_kills(tmp_path: Path) -> None:
    check_a_year(tmp_path, orders=often(24, 50), kills=often(4, 6))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_year_of_orders_survives_sixty_kills(tmp_path: Path) -> None:
    check_a_year(tmp_path, orders=400, kills=60)


def check_a_year(folder: Path, *, orders: int, kills: int) -> None:
    """Each order pays once for each day of its schedule in the year, each collection once, whenever it was killed."""
    rng = random.Random(kills)
    ledger = LedgerProcess(folder)
    ledger.start()
    try:
        placed, begun = _arranged(ledger, orders, rng)
        live_a_year(ledger, kills, rng)
        assert ledger.proof() == []
        now = datetime.fromisoformat(_now(ledger))
    finally:
        ledger.stop()
    check_ledger(ledger.database)
    expected = {
        (order_id, day) for order_id, schedule in placed.items() for day in _days(schedule, int(now.timestamp() * 1e6))
    }
    assert len(expected) > orders, "the year has days on which they pay"
    with databases.snapshot_of(ledger.database) as connection:
        rows = connection.exec_driver_sql(
            "SELECT o.id, x.day, x.error_code FROM order_executions x JOIN payment_orders o ON o.key = x.order_key"
        ).all()
        paid = connection.exec_driver_sql("SELECT COUNT(*) FROM collections WHERE status = 'paid'").scalar()
        times = connection.exec_driver_sql(
            "SELECT effective_at FROM entries WHERE type IN ('standing_order', 'direct_debit') ORDER BY position"
        ).scalars()
        assert (ordered := list(times)) == sorted(ordered), "in order of time"
    found = Counter((bytes(row[0]).hex(), row[1]) for row in rows)
    assert found == Counter((order_id.replace("-", ""), (day - date(1970, 1, 1)).days) for order_id, day in expected)
    assert [row for row in rows if row[2] is not None] == []
    assert paid == len(begun)


@pytest.mark.parametrize("orders", lengths(200, 400, 1000))
def test_a_year_with_many_standing_orders_stays_responsive(tmp_path: Path, orders: int) -> None:
    """While thirteen payments of each are made on the way, others are served and the clock says how far it is."""
    ledger = LedgerProcess(tmp_path)
    ledger.start()
    try:
        people = ledger.open_accounts(11, 10**9)
        (payee_id, _), *payers = people
        today = datetime.now(BERLIN).date()
        for number in range(orders):
            account_id, owner = payers[number % len(payers)]
            order = _order(account_id, payee_id, "monthly", today + timedelta(days=1 + number % 28))
            _made(ledger, "/api/standing-orders", order, owner)
        simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
        step = {"advance_by": {"hours": HOURS}, "wait_seconds": 0}
        assert ledger.once("POST", CLOCK, step, simulator)[0] == 200
        account_id, owner = payers[0]
        slowest, left, asked = 0.0, [orders * 13], 0
        deadline = time.monotonic() + 300
        while left[-1] or asked < 5:
            assert time.monotonic() < deadline, left[-5:]
            begun = time.monotonic()
            payment = {"from_account_id": account_id, "to_account_id": payee_id, "amount": "1.00"}
            _made(ledger, "/api/transactions/transfer", payment, owner)
            slowest = max(slowest, time.monotonic() - begun)
            now: dict[str, Any] = ledger.once("GET", CLOCK, headers=owner)[1]["data"]
            left.append(now["due_work"])
            asked += 1
        assert ledger.proof() == []
    finally:
        ledger.stop()
    check_ledger(ledger.database)
    assert slowest < 2.0, "a payment waits for no more than a slice of the work"
    with databases.snapshot_of(ledger.database) as connection:
        count = connection.exec_driver_sql("SELECT COUNT(*) FROM order_executions").scalar()
    assert 11 * orders <= (count or 0) <= 13 * orders


def _arranged(
    ledger: LedgerProcess, orders: int, rng: random.Random
) -> tuple[dict[str, Schedule], list[dict[str, Any]]]:
    """Standing orders of every frequency, and a collection for every second of them."""
    (payer_id, payer), (payee_id, payee) = ledger.open_accounts(2, 10**9)
    today = datetime.now(BERLIN).date()
    placed = {}
    collections = []
    numbers = ledger.numbers
    asked = {"creditor_account_id": payee_id, "debtor_account_number": numbers[payer_id], "reference": "A"}
    mandate_id = _made(ledger, "/api/direct-debits/mandates", asked, payee)["id"]
    _made(ledger, f"/api/direct-debits/mandates/{mandate_id}/confirm", {}, payer)
    for number in range(orders):
        first, frequency = today + timedelta(days=rng.randint(1, 300)), FREQUENCIES[number % len(FREQUENCIES)]
        order = _made(ledger, "/api/standing-orders", _order(payer_id, payee_id, frequency, first), payer)
        placed[order["id"]] = Schedule(first, None, frequency)
        if number % 2:
            collection = {"mandate_id": mandate_id, "amount": "1.00", "due_on": first.isoformat()}
            collections.append(_made(ledger, "/api/direct-debits/collections", collection, payee))
    return placed, collections


def _order(payer_id: str, payee_id: str, frequency: str, first: date) -> dict[str, str]:
    return {
        "from_account_id": payer_id,
        "to_account_id": payee_id,
        "amount": "1.00",
        "frequency": frequency,
        "first_on": first.isoformat(),
    }


def _days(schedule: Schedule, until_us: int) -> list[date]:
    """The days of a schedule that are paid until an instant."""
    found, day = [], schedule.first_day()
    while day is not None and schedule.due_at(day) <= until_us:
        found.append(day)
        day = schedule.day_after(day)
    return found


def _made(ledger: LedgerProcess, path: str, payload: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    status, body = ledger.once("POST", path, payload, headers)
    assert status in (200, 201), body
    made: dict[str, Any] = body["data"]
    return made


def _now(ledger: LedgerProcess) -> str:
    headers = ledger.keys.headers("01890000-0000-7000-8000-00000000000d", role="employee", life_seconds=7200)
    return str(ledger.once("GET", CLOCK, headers=headers)[1]["data"]["bank_time"])
