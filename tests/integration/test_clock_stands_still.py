"""The bank's clock can stand still: no time passes but what it is moved by, and then it goes on from there."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.time import clock
from tests.holds import CLOCK, figures, placed
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.every_database


def _ask(ledger: LedgerUnderTest, **payload: Any) -> dict[str, Any]:
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    reply = ledger.call("POST", CLOCK, payload, headers=simulator)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json["data"]
    return found


def _now(ledger: LedgerUnderTest) -> dict[str, Any]:
    found: dict[str, Any] = ledger.call("GET", CLOCK, headers=ledger.staff()).json["data"]
    return found


def _moment(found: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(found["bank_time"])


def test_while_the_clock_stands_everything_is_booked_at_one_time_in_order(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    stood = _ask(ledger, running=False)
    assert (stood["running"], stood["real"]) == (False, False)
    again = _ask(ledger, running=False)
    assert again["bank_time"] == stood["bank_time"], "told twice it stands where it stood"
    for amount in ("1.00", "2.00", "3.00"):
        assert ada.deposit(amount).status_code < 300
        time.sleep(0.01)
    rows = ledger.call("GET", "/api/transactions/list", headers=ada.headers).json["data"][:3]
    assert [row["amount"] for row in rows] == ["3.00", "2.00", "1.00"]
    assert {row["effective_at"] for row in rows} == {stood["bank_time"]}
    assert len({row["booked_at"] for row in rows}) == 3
    ledger.check()


def test_a_clock_that_stands_moves_by_exactly_what_was_asked_and_does_what_falls_due(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    stood = _ask(ledger, running=False)
    placed(ada, "40.00", expires_in={"hours": 30})
    moved = _ask(ledger, advance_by={"hours": 29}, wait_seconds=20)
    assert _moment(moved) - _moment(stood) == timedelta(hours=29)
    assert figures(ada)[2] == "40.00"
    moved = _ask(ledger, advance_by={"hours": 1}, wait_seconds=20)
    assert (_moment(moved) - _moment(stood), moved["running"]) == (timedelta(hours=30), False)
    assert figures(ada)[2] == "0.00"
    assert _now(ledger)["bank_time"] == moved["bank_time"]
    running = _ask(ledger, running=True)
    assert running["running"]
    assert timedelta() <= _moment(running) - _moment(moved) < timedelta(minutes=1)
    assert _moment(_now(ledger)) > _moment(moved), "it goes on from where it stood"
    ledger.check()


def test_a_bank_may_begin_with_its_clock_standing_still(ledger: LedgerUnderTest) -> None:
    _ask(ledger, running=False)
    begun = _ask(ledger, begin_at="2026-01-01T00:00:00Z")
    assert (begun["bank_time"], begun["running"]) == ("2026-01-01T00:00:00.000000Z", False)
    ada = ledger.open_account(deposit_minor=500, synthetic=True)
    (deposit,) = ledger.call("GET", "/api/transactions/list", headers=ada.headers).json["data"]
    assert deposit["effective_at"] == begun["bank_time"]
    now = clock.to_wire(clock.now_us() // clock.MICROSECONDS * clock.MICROSECONDS)
    assert _ask(ledger, advance_to=now, wait_seconds=30)["bank_time"] == now
    assert _ask(ledger, running=True)["real"], "so near to real time it goes on with that"
    ledger.check()
