"""Money passed on along a pattern: paid in where it begins, a little less at each hand, taken out where it ends.

The benign look-alike passes on as much along the same pattern: people who share costs, pay back, or save in a club. It
keeps more of it, takes its time, and takes out less.
"""

from simulator_service.planning.planned_event import HOUR_US
from simulator_service.scenarios.draft import Draft
from simulator_service.scenarios.patterns import Layers, accounts_of

MOST_PAID_UNITS = 9_400
"""In whole currency units: nothing is passed on that a limit would hold up."""
_LEAST_UNITS, _MOST_UNITS = 900, 8_600


def pass_on(draft: Draft, layers: Layers) -> None:
    """Tell everything that happens along the pattern."""
    people = [person.party for person in draft.people(accounts_of(layers))]
    held = [0] * len(people)
    days = draft.between("pace", 1, 2) if draft.is_benign else 1
    for place, layer in enumerate(layers):
        day = 1 + place * days
        for source in dict.fromkeys(source for source, _ in layer):
            if not held[source]:
                ways = sum(payment[0] == source for payment in layer)
                held[source] = ways * draft.between("amount", _LEAST_UNITS * draft.unit, _MOST_UNITS * draft.unit)
                draft.pay_in(
                    draft.moment(day - 1, 9, 18),
                    people[source],
                    held[source] + draft.between("left over", 20 * draft.unit, 90 * draft.unit),
                )
        arriving = [0] * len(people)
        for source in dict.fromkeys(source for source, _ in layer):
            targets = [target for payer, target in layer if payer == source]
            kept_percent = draft.between("kept", 2, 12) if draft.is_benign else draft.between("kept", 2, 6)
            for target, amount in zip(targets, _split(draft, held[source], kept_percent, len(targets)), strict=True):
                draft.pay(draft.moment(day), people[source], people[target], amount)
                arriving[target] += amount
            held[source] = 0
        held = [before + arrived for before, arrived in zip(held, arriving, strict=True)]
    last_day = 1 + len(layers) * days
    for party, amount in zip(people, held, strict=True):
        if amount and (not draft.is_benign or draft.below("takes out", 2)):
            share = draft.between("taken out", 30, 80)
            draft.pay_out(draft.moment(last_day), party, amount * share // 100)


def _split(draft: Draft, held_minor: int, kept_percent: int, ways: int) -> list[int]:
    """What is passed on of it, in parts that differ a little."""
    each = held_minor * (100 - kept_percent) // 100 // ways
    parts = []
    for _ in range(ways):
        part = each * draft.between("part", 90, 100) // 100
        parts.append(min(part, MOST_PAID_UNITS * draft.unit - draft.below("below the limit", 50 * draft.unit)))
    return parts


def hours_after(draft: Draft, moment_us: int, least: int, most: int) -> int:
    """Some minutes and hours after a moment."""
    return moment_us + draft.between("minutes", 60 * least, 60 * most) * (HOUR_US // 60)
