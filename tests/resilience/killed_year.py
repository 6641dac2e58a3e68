"""A year of the bank's time, lived by a ledger that is killed again and again on the way."""

import random
import time

from tests.resilience.ledger_process import LedgerProcess

CLOCK = "/api/transactions/clock"
HOURS = 365 * 24
_LONGEST_SECONDS = 300


def live_a_year(ledger: LedgerProcess, kills: int, rng: random.Random) -> None:
    """Move the clock by a year in as many steps as there are kills, and wait until all that is due is done."""
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate", life_seconds=7200)
    staff = ledger.keys.headers("01890000-0000-7000-8000-00000000000e", role="employee", life_seconds=7200)
    for _ in range(kills):
        step = {"advance_by": {"hours": HOURS // kills + 1}, "wait_seconds": 0}
        status, body = ledger.until_answered("POST", CLOCK, step, simulator)
        assert status == 200, body
        time.sleep(rng.random() * 0.08)
        ledger.kill()
        ledger.start()
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (now := ledger.once("GET", CLOCK, headers=staff)[1]["data"])["target_time"] is not None:
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    assert now["stopped_work"] == 0
