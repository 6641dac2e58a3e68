"""What shops pay on: what people spent in them in the month before goes to other banks, so that it does not pile up.

It follows from the plan of that month, never from what the bank made of it.
"""

import numpy as np

from simulator_service.behaviours.month import Month
from simulator_service.planning.event_block import KIND, EventBlock, Intent, block, joined
from simulator_service.planning.parties import OUTSIDE
from simulator_service.streams import local_time
from simulator_service.streams.randomness import bounded, draws, stream_key

INTENTS = (Intent("takings", "business", "Takings paid out to another bank"),)


def takings(month: Month, bought: EventBlock, intent: int) -> EventBlock:
    """For each person and shop one payment of what was `bought` in the month before."""
    if not len(bought):
        return joined(())
    order = np.lexsort((bought.target, bought.owner))
    owner, target, amount_minor = bought.owner[order], bought.target[order], bought.amount_minor[order]
    is_first = np.concatenate(([True], (owner[1:] != owner[:-1]) | (target[1:] != target[:-1])))
    starts = np.flatnonzero(is_first)
    owner, target, sums = owner[starts], target[starts], np.add.reduceat(amount_minor, starts)
    nth = np.arange(len(starts)) - np.searchsorted(owner, owner)
    key = np.uint64(stream_key(month.people.world.seed, "takings", f"{month.number}"))
    word = draws(key ^ target.astype(np.uint64), owner.astype(np.uint64))
    days = month.business_days(1 + bounded(word, 28))
    hours, seconds = 9 + bounded(word << np.uint64(16), 9), bounded(word << np.uint64(32), 3600)
    return block(
        local_time.instants(days, hours, seconds, month.zone),
        owner=owner,
        source=target,
        target=OUTSIDE,
        kind=KIND["withdrawal"],
        amount_minor=sums,
        intent=intent,
        ordinal=month.number * 1000 + nth,
    )
