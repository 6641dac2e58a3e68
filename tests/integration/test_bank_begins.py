"""A bank without accounts may begin at another time; once it is up to the present, it goes on with real time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.time import clock
from shared.time.business_days import business_day, instant_on
from tests.holds import CLOCK
from tests.ledgers import LedgerUnderTest
from tests.plans import first_after

pytestmark = pytest.mark.every_database


def _ask(ledger: LedgerUnderTest, **payload: Any) -> Any:
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    return ledger.call("POST", CLOCK, payload, headers=simulator)


def _interest_due(ledger: LedgerUnderTest) -> list[str]:
    rows = ledger.call("GET", f"{CLOCK}/due", headers=ledger.staff()).json["data"]
    return [row["due_at"] for row in rows if row["kind"] == "interest"]


def test_a_bank_begins_in_the_past_and_comes_up_to_the_present(ledger: LedgerUnderTest) -> None:
    """What falls due is that of its own days: the first month's interest too."""
    began = (datetime.now(UTC) - timedelta(days=70)).replace(microsecond=0)
    begun = _ask(ledger, begin_at=began.isoformat().replace("+00:00", "Z"))
    assert begun.status_code == 200, begun.text
    assert not begun.json["data"]["real"]
    assert timedelta() <= datetime.fromisoformat(begun.json["data"]["bank_time"]) - began < timedelta(minutes=1)
    day = business_day(clock.from_datetime(began))
    assert _interest_due(ledger) == [clock.to_wire(instant_on(first_after(day), 0))]
    ada = ledger.open_account(deposit_minor=1_000, synthetic=True)
    (deposit,) = ledger.call("GET", "/api/transactions/list", headers=ada.headers).json["data"]
    assert deposit["effective_at"][:10] == began.isoformat()[:10] < deposit["booked_at"][:10]
    again = _ask(ledger, begin_at=began.isoformat().replace("+00:00", "Z"))
    assert (again.status_code, again.json["error_code"]) == (400, "CLOCK_BACKWARDS")
    back = _ask(ledger, advance_to=(began - timedelta(days=1)).isoformat().replace("+00:00", "Z"))
    assert (back.status_code, back.json["error_code"]) == (400, "CLOCK_BACKWARDS")
    now = datetime.now(UTC).replace(microsecond=0)
    there = _ask(ledger, advance_to=now.isoformat().replace("+00:00", "Z"), wait_seconds=30).json["data"]
    assert (there["real"], there["target_time"], there["stopped_work"]) == (True, None, 0)
    assert _interest_due(ledger) == [clock.to_wire(instant_on(first_after(business_day(clock.now_us())), 0))]
    ledger.check()


@pytest.mark.parametrize("payload", [{}, {"begin_at": "2026-01-01", "advance_by": {"days": 1}}], ids=str)
def test_a_clock_is_moved_in_one_way(ledger: LedgerUnderTest, payload: dict[str, Any]) -> None:
    assert _ask(ledger, **payload).status_code == 422


def test_a_bank_begins_within_a_century(ledger: LedgerUnderTest) -> None:
    far = _ask(ledger, begin_at="1880-01-01T00:00:00Z")
    assert far.status_code in (400, 422)
