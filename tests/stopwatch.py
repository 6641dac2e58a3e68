"""How long something takes on a machine that may be busy with something else."""

import math
import time
from collections.abc import Callable


def quickest(act: Callable[[], object], good_enough: float, *, rounds: int = 3) -> float:
    """Seconds of the quickest of some rounds, of which the first that is below `good_enough` is the last.

    Other tests spoil a round now and then; what has become slow is slow in all of them.
    """
    best = math.inf
    for _ in range(rounds):
        began = time.monotonic()
        act()
        best = min(best, time.monotonic() - began)
        if best < good_enough:
            break
    return best
