"""The measured bank's clock, moved over what falls due on the way."""

import time
from datetime import datetime

from benchmarks.bank import Bank

_CLOCK = "/api/transactions/clock"
_LONGEST_SECONDS = 120


def bank_time(bank: Bank) -> datetime:
    """What the bank's clock shows."""
    return datetime.fromisoformat(bank.call("GET", _CLOCK, token=bank.admin_token)["data"]["bank_time"])


def seconds_over(bank: Bank, **step: object) -> float:
    """Move the clock (`advance_by` or `advance_to`), and how long it took until all that fell due was done.

    Raises RuntimeError when that is not done within two minutes, or something was set aside.
    """
    began = time.perf_counter()
    clock = bank.call("POST", _CLOCK, {**step, "wait_seconds": 30}, bank.admin_token)["data"]
    while clock["target_time"] is not None:
        if time.perf_counter() - began > _LONGEST_SECONDS:
            message = f"after {_LONGEST_SECONDS} s {clock['due_work']} of what fell due is still to do"
            raise RuntimeError(message)
        time.sleep(0.05)
        clock = bank.call("GET", _CLOCK, token=bank.admin_token)["data"]
    if clock["stopped_work"]:
        message = f"{clock['stopped_work']} of what fell due was set aside"
        raise RuntimeError(message)
    return time.perf_counter() - began
