"""Which of the traces that begin here are sampled: a part of them, or, unless that part is said, a few each second.

Chance decides on a part: of an id some bits are fixed, and others a client may have chosen. A few each second are all
of a bank that somebody tries out, and of a busy one too few to be felt.
"""

import os
import random
import time
from collections.abc import Callable

from shared.network.addresses import MissingSettingError

Sampler = Callable[[], bool]
EACH_SECOND, AT_ONCE = 2.0, 10.0
"""So many in each process, and so many in a row after some quiet seconds. One costs gateway and ledger 1 to 2 ms of the
processor, of which most is code that has left its caches since the last one.
"""


def sampler() -> Sampler:
    """As `OTEL_TRACES_SAMPLER_ARG` says. Raises MissingSettingError for what is no part of one."""
    given = os.environ.get("OTEL_TRACES_SAMPLER_ARG")
    if not given:
        return a_few_each_second()
    try:
        part = float(given)
    except ValueError:
        part = -1
    if not 0 <= part <= 1:
        message = f"OTEL_TRACES_SAMPLER_ARG is {given!r}; it must be a number from 0 to 1, such as 0.05"
        raise MissingSettingError(message)
    return a_part(part)


def a_part(part: float) -> Sampler:
    """This part of them, from 0 (none) to 1 (all)."""
    return lambda: random.random() < part  # noqa: S311 (no secret)


def a_few_each_second(now: Callable[[], float] = time.monotonic) -> Sampler:
    """EACH_SECOND at most, and AT_ONCE in a row. A count that two threads lose between them is one trace more."""
    left, at = AT_ONCE, now()

    def decide() -> bool:
        nonlocal left, at
        asked_at = now()
        left, at = min(AT_ONCE, left + (asked_at - at) * EACH_SECOND), asked_at
        if left < 1:
            return False
        left -= 1
        return True

    return decide
