"""When a service began, and how often it was started again after it had died, as whoever starts it counts."""

import os
import time

RESTARTS, PLANNED_RESTARTS = "BANK_RESTARTS", "BANK_PLANNED_RESTARTS"
"""The variables in which the process is told."""
_LOADED_AT = time.time()
STARTED_AT = "BANK_STARTED_AT"
"""The variable in which workers are told by the process that forks them: each answers for the service."""


def restarts() -> int:
    """How often since the bank was started."""
    return _told(RESTARTS)


def planned_restarts() -> int:
    """How often since then it was started again after somebody had asked it to end."""
    return _told(PLANNED_RESTARTS)


def _told(name: str) -> int:
    told = os.environ.get(name, "")
    return int(told) if told.isdecimal() else 0


def note_start() -> None:
    """The service begins now: for the process that its workers are forked from."""
    os.environ[STARTED_AT] = str(time.time())


def started_at() -> float:
    """When the service began, the same in each of its workers; seconds since the epoch. Of an app that `serve` does not
    serve it is when this was loaded.
    """
    return float(os.environ.get(STARTED_AT, _LOADED_AT))
