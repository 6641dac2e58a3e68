"""Measures of what is left to people, by living the plan against the bank's rule: what an account does not hold, it
cannot pay. Purchases by credit card are lent; the bill is taken from the account on its day, all of it or what is
there.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from simulator_service.planning.event_block import KIND, WAYS, EventBlock
from simulator_service.planning.parties import OUTSIDE, PERSON, SAVINGS
from simulator_service.realism.planned_life import PlannedLife

CREDIT_LIMIT, LEAST_PARTS = 2500, 20
"""What a card lends, in whole units; of a bill one in so many parts at least is taken, or nothing."""
LAST_DAYS = 30
"""Balances are looked at in the evening of each of so many days: those of one day depend on the month's."""
_SECONDS_A_DAY = 86_400
_NOT_MOVED = [KIND["card_capture"], KIND["collection"]]
_CREDIT = {place for place, way in enumerate(WAYS) if way.startswith("credit.")}
_FIRST_MONTH_S = 31 * _SECONDS_A_DAY


@dataclass
class Lived:
    """What came of a plan, in minor units.

    Balances are by the party's code, what is `owed` on credit cards by the person's number; `carrying` are those whose
    last bill was not paid in full; `checking` is by day and person, `daily` what all people have, savings with it.
    """

    balances: Counter[int] = field(default_factory=Counter)
    owed: Counter[int] = field(default_factory=Counter)
    billed: set[int] = field(default_factory=set)
    refused_people: set[int] = field(default_factory=set)
    carrying: set[int] = field(default_factory=set)
    checking: list[list[int]] = field(default_factory=list)
    daily: list[int] = field(default_factory=list)
    rents: int = 0
    missed_rents: int = 0
    paid_in: int = 0


def measures(life: PlannedLife) -> dict[str, float]:
    """Each measure by its name in targets.toml."""
    lived = live(life)
    checking = np.array(lived.checking[-LAST_DAYS:])
    return {
        "checking_median": np.median(checking) / life.minor_per_unit,
        "checking_mean": checking.mean() / life.minor_per_unit,
        "money_drift": _drift(lived.daily),
        "refused_people": len(lived.refused_people) / life.people,
        "missed_first_rents": lived.missed_rents / max(1, lived.rents),
        "carrying_holders": len(lived.carrying) / max(1, len(lived.billed)),
        "unexplained_minor": sum(lived.balances.values()) - sum(lived.owed.values()) - lived.paid_in,
    }


def live(life: PlannedLife) -> Lived:
    """Let the plan happen, day by day; bills of credit cards are taken before the first payment of their day."""
    lived, moved = Lived(), life.events.picked(~np.isin(life.events.kind, _NOT_MOVED))
    rent = [place for place, intent in enumerate(life.intents) if intent.name == "rent"]
    edges = life.start_s + np.arange(life.days + 1) * _SECONDS_A_DAY
    cuts = np.searchsorted(moved.at_s, edges)
    holders: dict[int, list[int]] = {}
    for number, billing_day in enumerate(life.billing_days.tolist()):
        holders.setdefault(billing_day, []).append(number)
    for day, (first, last) in enumerate(pairwise(cuts.tolist())):
        date = datetime.fromtimestamp(int(edges[day]), UTC)
        for number in holders.get(date.day, []):
            _bill(lived, number)
        is_first = int(edges[day]) - life.start_s < _FIRST_MONTH_S
        _live_day(lived, moved.picked(slice(first, last)), rent if is_first else [], CREDIT_LIMIT * life.minor_per_unit)
        lived.checking.append([lived.balances[PERSON + number] for number in range(life.people)])
        lived.daily.append(sum(lived.checking[-1]) + sum(lived.balances[SAVINGS + n] for n in range(life.people)))
    return lived


def _live_day(lived: Lived, events: EventBlock, rents: list[int], limit_minor: int) -> None:
    balances, owed = lived.balances, lived.owed
    columns = (events.source, events.target, events.amount_minor, events.way, events.intent, events.owner)
    for source, target, amount_minor, way, intent, owner in zip(*(column.tolist() for column in columns), strict=True):
        is_rent = intent in rents
        lived.rents += is_rent
        if source == OUTSIDE:
            lived.paid_in += amount_minor
        elif way in _CREDIT and owed[owner] + amount_minor <= limit_minor:
            owed[owner] += amount_minor
        elif balances[source] < amount_minor:
            lived.missed_rents += is_rent
            if PERSON <= source < SAVINGS:
                lived.refused_people.add(source)
            continue
        else:
            balances[source] -= amount_minor
        if target == OUTSIDE:
            lived.paid_in -= amount_minor
        else:
            balances[target] += amount_minor


def _bill(lived: Lived, number: int) -> None:
    lived.billed.add(number)
    owed, there = lived.owed[number], max(0, lived.balances[PERSON + number])
    taken = min(owed, there) if min(owed, there) * LEAST_PARTS >= owed else 0
    lived.balances[PERSON + number] -= taken
    lived.owed[number] -= taken
    (lived.carrying.add if lived.owed[number] else lived.carrying.discard)(number)


def _drift(daily: list[int]) -> float:
    """The change in a year of what people have, from the month after the first twenty days to the last; a month is
    longer than a pay period, so one payday more or less in it counts for some hundredths."""
    if len(daily) < 90:
        return 0.0
    early, late = sum(daily[20:50]), sum(daily[-30:])
    return (late - early) / early * 365 / (len(daily) - 50)
