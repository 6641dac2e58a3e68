"""How often a service was started again after it had died, as whoever starts it counts."""

import os

RESTARTS = "BANK_RESTARTS"
"""The variable in which the process is told."""


def restarts() -> int:
    """How often since the bank was started."""
    told = os.environ.get(RESTARTS, "")
    return int(told) if told.isdecimal() else 0
