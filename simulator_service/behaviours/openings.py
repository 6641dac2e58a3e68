"""What everybody has when a world with a preset begins: paid in at its first moment."""

from collections.abc import Iterator, Sequence

import numpy as np

from simulator_service.behaviours.month import Streams
from simulator_service.behaviours.reserves import opening_minor
from simulator_service.behaviours.schedule import OPENING_CAPITAL
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning import parties
from simulator_service.planning.event_block import KIND, EventBlock, Integers, Intent, block
from simulator_service.planning.parties import OUTSIDE, PartyIds
from simulator_service.streams import amounts
from simulator_service.streams.randomness import draw, stream_key

INTENTS = (
    Intent("opening", "opening", "Opening balance"),
    Intent("savings_opening", "opening", "Opening balance"),
    Intent("capital", "opening", "Capital paid in"),
    Intent("firm_opening", "opening", "Opening balance"),
)
FIRM = -1
"""Who owns the opening of a firm: nobody."""
_SPREAD = 500_000


def of_people(people: PresetPeople, streams: Streams, first_intent: int) -> Iterator[EventBlock]:
    """Openings of people and their savings, and what each brings to the employer: a month's wage."""
    for place, (target, amount_minor) in enumerate(
        (
            (people.persons, opening_minor(people, streams)),
            (people.savings_accounts, people.opening_savings_minor),
            (people.employers, people.budgets.wage_minor),
        )
    ):
        yield _paid_in(
            people, owner=people.numbers, target=target, amount_minor=amount_minor, intent=first_intent + place
        ).picked(amount_minor > 0)


def of_firms(people: PresetPeople, firms: Sequence[int], ids: PartyIds, first_intent: int) -> EventBlock:
    """Openings of landlords, shops, chains and firms that send bills; employers have theirs from their people."""
    kept = [code for code in firms if parties.SORTS[code >> 40] != "employer"]
    table, unit, seed = amounts.lognormal_ratios(_SPREAD), people.world.minor_per_unit, people.world.seed
    amount_minor = []
    for code in kept:
        kind = {"landlord": "landlord", "supplier": "supplier"}.get(parties.SORTS[code >> 40], "merchant")
        ratio = table[draw(stream_key(seed, str(ids.id_of(code)), "capital"), 0) >> (64 - amounts.TABLE_BITS)]
        amount_minor.append(amounts.scaled(OPENING_CAPITAL[kind] * unit, ratio))
    codes = np.array(kept, dtype=np.int64)
    owner = np.full(len(kept), FIRM, dtype=np.int64)
    return _paid_in(
        people,
        owner=owner,
        target=codes,
        amount_minor=np.array(amount_minor, dtype=np.int64),
        intent=first_intent + 3,
        ordinal=codes,
    )


def _paid_in(
    people: PresetPeople,
    *,
    owner: Integers,
    target: Integers,
    amount_minor: Integers,
    intent: int,
    ordinal: Integers | int = 0,
) -> EventBlock:
    return block(
        np.full(len(owner), people.world.start_hour * 3600, dtype=np.int64),
        owner=owner,
        source=OUTSIDE,
        target=target,
        kind=KIND["deposit"],
        amount_minor=amount_minor,
        intent=intent,
        ordinal=ordinal,
    )
