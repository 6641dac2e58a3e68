"""A year of the bank's time, lived by a ledger that is killed again and again on the way."""

import random
import time
from datetime import UTC, datetime, timedelta

from tests.resilience.ledger_process import LedgerProcess

CLOCK = "/api/transactions/clock"
HOURS = 365 * 24
_LONGEST_SECONDS = 1_200


def live_a_year(ledger: LedgerProcess, kills: int, rng: random.Random, *, begun: datetime | None = None) -> None:
    """Move the clock by a year in as many steps as there are kills, and wait until all that is due is done.

    It goes to the same hours of the same days however many steps there are; without kills in one. The year begins at
    this moment, or now.
    """
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate", life_seconds=7200)
    begun = (begun or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0)
    for number in range(1, max(kills, 1) + 1):
        moment = begun + timedelta(hours=(HOURS + 2) * number // max(kills, 1))
        step = {"advance_to": moment.isoformat(), "wait_seconds": 0}
        status, body = ledger.until_answered("POST", CLOCK, step, simulator)
        assert status in (200, 400), body  # 400: it is there, the answer was lost
        if kills:
            time.sleep(rng.random() * 0.08)
            ledger.kill()
            ledger.start()
    wait_until_done(ledger)


def wait_until_done(ledger: LedgerProcess) -> None:
    """Return when the clock is where it was moved to; it dies and starts on the way. Nothing was set aside."""
    staff = ledger.keys.headers("01890000-0000-7000-8000-00000000000e", role="employee", life_seconds=7200)
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (now := ledger.until_answered("GET", CLOCK, None, staff)[1]["data"])["target_time"] is not None:
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    assert now["stopped_work"] == 0
