"""What follows from the month before: shops pay on what people spent there, and people put aside what they have spent
less than they meant to, or take it back where they spent more. So the money of a world stays where it is.

It follows from the plan of that month, never from what the bank made of it.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator_service.behaviours.month import Month
from simulator_service.people.budgets import DAYS_A_MONTH_TIMES_10000
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import KIND, EventBlock, Integers, Intent, block, joined
from simulator_service.planning.parties import OUTSIDE
from simulator_service.streams import local_time
from simulator_service.streams.randomness import bounded, draws, stream_key

INTENTS = (
    Intent("takings", "business", "Takings paid out to another bank"),
    Intent("put_aside", "savings", "Put aside"),
    Intent("taken_back", "savings", "Taken back from savings"),
    Intent("for_dear", "savings", "Taken back from savings"),
)
LEAST_SWEPT = 25
"""In whole units; less stays where it is."""
DEAR_PERCENT = 6
"""Of a month's wage; what costs more is paid from what was put aside."""


def events(month: Month, before: Month, bought: EventBlock, first_intent: int) -> Iterator[EventBlock]:
    """What follows in a month from the purchases of the one before it, which the world lived as a whole where people
    put something aside or take it back."""
    yield _takings(month, bought, first_intent)
    if before.starts_after(month.people.first_day):
        yield from _swept(month, before, bought, first_intent + 1)


def _takings(month: Month, bought: EventBlock, intent: int) -> EventBlock:
    """For each person and shop one payment."""
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


def _swept(month: Month, before: Month, bought: EventBlock, first_intent: int) -> Iterator[EventBlock]:
    people, unit = month.people, month.people.world.minor_per_unit
    left = _left(before, bought)
    left = np.sign(left) * (abs(left) // unit * unit)
    counts = (abs(left) >= LEAST_SWEPT * unit) & ~people.is_strained
    at_s = month.moments("sweep", month.business_days(np.ones_like(left)), 8, 10)
    rows = np.flatnonzero(counts)
    yield _moved_aside(people, rows, at_s[rows], left[rows], intent=first_intent, ordinal=month.number * 1000)


def before_dear(people: PresetPeople, bought: EventBlock, first_intent: int) -> EventBlock:
    """Who buys something dear takes the money back from what they put aside, within the hour before."""
    dear = bought.picked(is_dear(people, bought))
    word = draws(np.array([stream_key(people.world.seed, "dear", "")], dtype=np.uint64), dear.ordinal.astype(np.uint64))
    at_s = np.maximum(people.world.start_hour * 3600, dear.at_s - 60 - bounded(word, 3540))
    unit = people.world.minor_per_unit
    taken = -(dear.amount_minor // unit * unit)
    return _moved_aside(
        people, dear.owner - people.numbers[0], at_s, taken, intent=first_intent + 1, ordinal=dear.ordinal
    )


def is_dear(people: PresetPeople, bought: EventBlock) -> NDArray[np.bool_]:
    """Which purchases cost more than people have for every day; those who are strained have nothing aside."""
    rows = bought.owner - people.numbers[0]
    dear = bought.amount_minor * 100 >= people.budgets.wage_minor[rows] * DEAR_PERCENT
    found: NDArray[np.bool_] = dear & ~people.is_strained[rows]
    return found


def _moved_aside(
    people: PresetPeople, rows: Integers, at_s: Integers, left: Integers, *, intent: int, ordinal: Integers | int
) -> EventBlock:
    """Money put aside, or taken back where `left` is below 0: on the savings account of who has one, else elsewhere."""
    gives, saves = left > 0, people.budgets.savings_minor[rows] > 0
    aside = np.where(saves, people.savings_accounts[rows], OUTSIDE)
    outside = np.where(gives, KIND["withdrawal"], KIND["deposit"])
    return block(
        at_s,
        owner=people.numbers[rows],
        source=np.where(gives, people.persons[rows], aside),
        target=np.where(gives, aside, people.persons[rows]),
        kind=np.where(saves, KIND["transfer"], outside),
        amount_minor=abs(left),
        intent=intent + (left <= 0),
        ordinal=ordinal,
    )


def _left(before: Month, bought: EventBlock) -> Integers:
    """What everybody meant to spend in shops in that month, less what they did; for what was dear the money was
    there."""
    people = before.people
    meant = people.budgets.shopping_minor * (before.days * 10_000) // DAYS_A_MONTH_TIMES_10000
    spent = np.zeros(len(people), dtype=np.int64)
    unit = people.world.minor_per_unit
    had = is_dear(people, bought) * (bought.amount_minor // unit * unit)
    np.add.at(spent, bought.owner - people.numbers[0], bought.amount_minor - had)
    return meant - spent
