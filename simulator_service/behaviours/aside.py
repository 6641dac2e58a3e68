"""What people put aside, and take back: on each payday they keep what comes before the next one, and within the hour
before a dear purchase they take the money for it back. So accounts stay where they are, whatever the calendar makes
of a month.

It follows from the plan, never from what the bank made of it. Who is strained has nothing aside.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator_service.behaviours import obligations
from simulator_service.behaviours.month import Month, Streams
from simulator_service.behaviours.visits import ORDINALS_A_DAY
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import KIND, EventBlock, Integers, Intent, block
from simulator_service.planning.parties import OUTSIDE
from simulator_service.streams import local_time
from simulator_service.streams.pay_calendars import (
    LONGEST_WAIT,
    PAY_CALENDARS,
    days_since_payday,
    next_payday,
    paydays_in,
)
from simulator_service.streams.randomness import bounded, draws, stream_key

INTENTS = (
    Intent("put_aside", "savings", "Put aside"),
    Intent("taken_back", "savings", "Taken back from savings"),
    Intent("for_dear", "savings", "Taken back from savings"),
)
DAYS_LOOKED_AT = LONGEST_WAIT.days
"""So far before a month somebody's last wage may have come."""
DEAR_PERCENT = 4
"""Of a month's wage; what costs more is paid from what was put aside."""
_LEAST = 10
"""In whole units; less stays where it is until the next payday."""


def on_paydays(month: Month, streams: Streams, bought: EventBlock, first_intent: int) -> Iterator[EventBlock]:
    """For each payday of the month what is put aside or taken back. `bought` are the purchases from DAYS_LOOKED_AT days
    before the month until its end."""
    people, unit = month.people, month.people.world.minor_per_unit
    days = range(month.first_day - DAYS_LOOKED_AT, month.first_day + month.days + DAYS_LOOKED_AT)
    arranged = obligations.due(people, streams, days).cumsum(axis=1)
    spent = _spent(people, bought, days).cumsum(axis=1)
    for place, calendar in enumerate(PAY_CALENDARS):
        rows = np.flatnonzero((people.calendars == place) & ~people.is_strained)
        if not len(rows):
            continue
        for nth, payday in enumerate(paydays_in(calendar, month.year, month.month)):
            day = local_time.day_number(payday)
            following = local_time.day_number(next_payday(calendar, local_time.day_of_number(day + 1)))
            before = max(people.first_day, day - 1 - days_since_payday(calendar, day - 1))
            wage = people.budgets.wage_minor * calendar.parts // calendar.whole
            needs = arranged[:, following - days.start] - arranged[:, day - days.start]
            needs = needs + obligations.everyday_minor(people, following - day)
            unspent = obligations.shopping_minor(people, max(0, day - before))
            unspent = unspent - spent[:, day - 1 - days.start] + spent[:, min(before, day) - 1 - days.start]
            left = (wage - needs + unspent)[rows]
            kept = abs(left) // unit * unit
            at_s = month.moments("aside", np.full(len(people), day), 8, 10, nth)[rows]
            moved = _moved(people, rows, at_s, np.sign(left) * kept, intent=first_intent, ordinal=_ordinal(month, nth))
            yield moved.picked(kept >= _LEAST * unit)


def _ordinal(month: Month, nth: int) -> int:
    return month.number * 1000 + nth


def _spent(people: PresetPeople, bought: EventBlock, days: range) -> Integers:
    """What everybody spent in shops by day, but for what was dear: for that the money was there."""
    unit = people.world.minor_per_unit
    had = is_dear(people, bought) * (bought.amount_minor // unit * unit)
    found = np.zeros((len(people), len(days)), dtype=np.int64)
    place = (bought.owner - people.numbers[0], bought.ordinal // ORDINALS_A_DAY - days.start)
    np.add.at(found, place, bought.amount_minor - had)
    return found


def before_dear(people: PresetPeople, bought: EventBlock, first_intent: int) -> EventBlock:
    """Who buys something dear takes the money back from what they put aside, within the hour before."""
    dear = bought.picked(is_dear(people, bought))
    word = draws(np.array([stream_key(people.world.seed, "dear", "")], dtype=np.uint64), dear.ordinal.astype(np.uint64))
    at_s = np.maximum(people.world.start_hour * 3600, dear.at_s - 60 - bounded(word, 3540))
    unit = people.world.minor_per_unit
    taken = -(dear.amount_minor // unit * unit)
    rows = dear.owner - people.numbers[0]
    return _moved(people, rows, at_s, taken, intent=first_intent + 1, ordinal=dear.ordinal)


def is_dear(people: PresetPeople, bought: EventBlock) -> NDArray[np.bool_]:
    """Which purchases cost more than people have for every day."""
    rows = bought.owner - people.numbers[0]
    dear = bought.amount_minor * 100 >= people.budgets.wage_minor[rows] * DEAR_PERCENT
    found: NDArray[np.bool_] = dear & ~people.is_strained[rows]
    return found


def _moved(
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
