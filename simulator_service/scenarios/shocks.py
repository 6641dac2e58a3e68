"""What befalls people without anybody's guilt: money trouble, a viral shop, wages that fail, a bank run."""

from collections import Counter
from collections.abc import Callable, Sequence

from simulator_service.behaviours.terminals import CHIP, CONTACTLESS, CONTACTLESS_LIMIT, DEBIT, way
from simulator_service.planning.planned_event import Event
from simulator_service.scenarios.draft import DAY_US, Draft

Wages = Callable[[int, int], Sequence[Event]]
"""The wages that a world's employers plan to pay between two instants, in order."""
_LOOKED_AHEAD_DAYS = 45
_LATE_DAYS = 9


def money_trouble(draft: Draft) -> None:
    """Dear repairs one after the other eat up what somebody has; the look-alike had saved for them."""
    (person,) = draft.people(1)
    if draft.is_benign:
        draft.pay_in(
            draft.moment(0, 9, 17),
            person.party,
            person.wage_minor * draft.between("saved", 190_000, 210_000) // 100_000,
        )
    day = 1
    for _ in range(draft.instance.width):
        amount = person.wage_minor * draft.between("share", 25_000, 60_000) // 100_000
        shops = draft.shops(person, ("health", "shopping", "electronics")[draft.below("trade", 3)])
        shop = shops[draft.below("shop", len(shops))]
        draft.buy(
            draft.moment(day),
            person.party,
            shop,
            amount_minor=amount,
            trade=shop.id.split(".")[1],
            how=way(DEBIT, CHIP),
        )
        day += draft.between("pause", 2, 6)


def viral_merchant(draft: Draft) -> None:
    """For some days everybody buys at one shop; the look-alike is a good week for all shops of its trade."""
    buyers = draft.people(max(1, len(draft.population.people) * draft.instance.width // 100))
    trade = ("restaurants", "coffee", "entertainment")[draft.below("trade", 3)]
    (shop, *_) = draft.shops(buyers[0], trade)
    for buyer in buyers:
        for day in _some_days(draft, 4):
            near = draft.shops(buyer, trade)
            chosen = near[draft.below("shop", len(near))] if draft.is_benign else shop
            amount = draft.between("amount", 400, 4_800) * draft.unit // 100
            channel = CONTACTLESS if amount <= CONTACTLESS_LIMIT * draft.unit else CHIP
            draft.buy(
                draft.moment(day, 10, 21),
                buyer.party,
                chosen,
                amount_minor=amount,
                trade=trade,
                how=way(DEBIT, channel),
            )


def payroll_failure(draft: Draft, planned_wages: Wages) -> None:
    """An employer cannot pay its next wages, and pays them nine days late; the look-alike pays them a day late."""
    begins_us = draft.instance.begins_us
    wages = planned_wages(begins_us, begins_us + _LOOKED_AHEAD_DAYS * DAY_US)
    employers = sorted({event.source or "" for event in wages})
    if not employers:
        return
    staff = Counter(event.source for event in wages)
    ranked = sorted(employers, key=lambda employer: (-staff[employer], employer))
    employer = ranked[draft.below("employer", min(3, len(ranked)))]
    own = [event for event in wages if event.source == employer]
    payday = min(event.effective_at_us for event in own) // DAY_US
    for event in own:
        if event.effective_at_us // DAY_US == payday:
            draft.move(event, DAY_US * (1 if draft.is_benign else _LATE_DAYS))


def bank_run(draft: Draft) -> None:
    """Rumours: more people each day take out what they can; the look-alike is cash for the holidays."""
    people = draft.people(max(1, len(draft.population.people) * draft.instance.width // 100))
    for person in people:
        day = 3 - _rising(draft) if not draft.is_benign else draft.below("day", 4)
        least, most = (5, 15) if draft.is_benign else (30, 90)
        amount = person.wage_minor * draft.between("share", least, most) // 100
        draft.pay_out(draft.moment(day), person.party, amount)


def _rising(draft: Draft) -> int:
    """0 most often, 3 seldom."""
    return min(draft.below("day", 4), draft.below("day", 4))


def _some_days(draft: Draft, most: int) -> list[int]:
    return [day for day in range(most) if draft.below("comes", 2)] or [draft.below("comes", most)]
