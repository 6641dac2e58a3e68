"""What people with budgets pay each month: rent, bills, savings, cash and friends; and what landlords and firms that
send bills pay on to other banks, so that the money they get does not pile up with them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator_service.behaviours.arranged import ANNOUNCED_BEFORE_US
from simulator_service.behaviours.month import Month
from simulator_service.people.population import TOWN_SIZE
from simulator_service.planning.event_block import KIND, WAY, EventBlock, Integers, Intent, block
from simulator_service.planning.parties import OUTSIDE, PERSON, SUPPLIER
from simulator_service.presets.preset import Preset
from simulator_service.streams.randomness import bounded

OCCASIONS = 6
"""So many times a month somebody may take out cash, and as often pay a friend."""
INVESTED_AFTER_DAYS, PAID_ON_EVERY = 3, 3
"""Savings go on to another bank some days later; firms that send bills pay on what three months brought."""
_REASONS = ("Dinner", "Tickets", "Shared shopping", "Present", "Weekend", "Thanks")


def intents_of(preset: Preset) -> tuple[Intent, ...]:
    """Why money moves here."""
    bills = tuple(Intent(_name(bill.service), bill.category, "{target}") for bill in preset.bills)
    return (
        Intent("rent", "housing", "Rent {target}"),
        Intent("upkeep", "business", "Mortgage and upkeep paid to another bank"),
        Intent("savings", "savings", "Savings"),
        Intent("investment", "savings", "Investment plan at another bank"),
        Intent("cash", "cash", "Cash"),
        *(Intent("friend", "peers", reason) for reason in _REASONS),
        *bills,
        *(Intent(f"{intent.name}.announced", intent.category, intent.description) for intent in bills),
        *(Intent(f"{intent.name}.paid_on", "business", "Paid on to another bank") for intent in bills),
    )


def _name(service: str) -> str:
    return service.lower().replace(" ", "_")


RENT, UPKEEP, SAVINGS, INVESTMENT, CASH, FRIEND = range(6)
BILLS = FRIEND + len(_REASONS)


def events(month: Month, first_intent: int) -> Iterator[EventBlock]:
    """The month's events; their intents count from `first_intent` in the order of `intents_of`."""
    yield from _homes(month, first_intent)
    yield from _savings(month, first_intent)
    yield from _bills(month, first_intent + BILLS)
    for slot in range(OCCASIONS):
        yield _cash(month, first_intent + CASH, slot)
        yield _friends(month, first_intent + FRIEND, slot)


def _homes(month: Month, first_intent: int) -> Iterator[EventBlock]:
    people = month.people
    rent_minor, days = people.budgets.rent_minor, people.rent_days
    yield block(
        month.mornings(days),
        owner=people.numbers,
        source=people.persons,
        target=people.landlords,
        kind=KIND["standing_order"],
        amount_minor=rent_minor,
        intent=first_intent + RENT,
        ordinal=month.number * 1000,
    )
    yield block(
        month.moments("upkeep", month.business_days(days), 9, 8),
        owner=people.numbers,
        source=people.landlords,
        target=OUTSIDE,
        kind=KIND["withdrawal"],
        amount_minor=rent_minor,
        intent=first_intent + UPKEEP,
        ordinal=month.number * 1000,
    )


def _savings(month: Month, first_intent: int) -> Iterator[EventBlock]:
    people = month.people
    saved, days = people.budgets.savings_minor, people.savings_days
    saves = saved > 0
    yield block(
        month.mornings(days),
        owner=people.numbers,
        source=people.persons,
        target=people.savings_accounts,
        kind=KIND["standing_order"],
        amount_minor=saved,
        intent=first_intent + SAVINGS,
        ordinal=month.number * 1000,
    ).picked(saves)
    yield block(
        month.moments("investment", month.business_days(days + INVESTED_AFTER_DAYS), 9, 8),
        owner=people.numbers,
        source=people.savings_accounts,
        target=OUTSIDE,
        kind=KIND["withdrawal"],
        amount_minor=saved,
        intent=first_intent + INVESTMENT,
        ordinal=month.number * 1000,
    ).picked(saves)


def _bills(month: Month, first_intent: int) -> Iterator[EventBlock]:
    people, bills = month.people, month.people.preset.bills
    for place, bill in enumerate(bills):
        name, mean_minor, days = _name(bill.service), people.budgets.bill_minor[:, place], people.billed_days[:, place]
        amount_minor = mean_minor
        if bill.variation_millionths:
            amount_minor = month.varied(mean_minor, name, bill.variation_millionths)
        has = mean_minor > 0
        by_hand = block(
            month.moments(name, month.business_days(days), *((0, 24) if bill.is_by_card else (7, 15))),
            owner=people.numbers,
            source=people.persons,
            target=SUPPLIER + place,
            kind=KIND["card_purchase" if bill.is_by_card else "bill_payment"],
            amount_minor=amount_minor,
            intent=first_intent + place,
            ordinal=month.number * 1000,
            way=_card(people.credit_percents, days) if bill.is_by_card else 0,
        )
        if bill.is_by_card:
            yield by_hand.picked(has)
        else:
            yield by_hand.picked(has & ~people.lets_collect)
            yield from _collected(month, by_hand, month.mornings(days), has & people.lets_collect, len(bills))
        is_due = has & ((month.number + people.numbers + place) % PAID_ON_EVERY == 0)
        if _has_lived(month, PAID_ON_EVERY):
            yield block(
                month.moments(f"{name} paid on", month.business_days(np.full_like(days, 28)), 9, 8),
                owner=people.numbers,
                source=SUPPLIER + place,
                target=OUTSIDE,
                kind=KIND["withdrawal"],
                amount_minor=mean_minor * PAID_ON_EVERY,
                intent=first_intent + place + 2 * len(bills),
                ordinal=month.number * 1000,
            ).picked(is_due)


def _collected(
    month: Month, by_hand: EventBlock, mornings: Integers, chosen: NDArray[np.bool_], bills: int
) -> Iterator[EventBlock]:
    """The direct debits of a bill, and their announcements."""
    due = by_hand.picked(chosen)
    for kind, before_s, later in (("direct_debit", 0, 0), ("collection", ANNOUNCED_BEFORE_US // 1_000_000, bills)):
        yield block(
            mornings[chosen] - before_s,
            owner=due.owner,
            source=due.source,
            target=due.target,
            kind=KIND[kind],
            amount_minor=due.amount_minor,
            intent=due.intent + later,
            ordinal=month.number * 1000,
        )


def _card(credit_percents: Integers, days: Integers) -> Integers:
    """With which card people pay a subscription, always the same."""
    return np.where(days * 3 < credit_percents, WAY["credit.recurring"], WAY["debit.recurring"])


def _has_lived(month: Month, months: int) -> bool:
    """Whether the world is so many months old."""
    return month.number >= month.people.first_month + months


def _cash(month: Month, intent: int, slot: int) -> EventBlock:
    people, cash = month.people, month.people.preset.cash
    step = cash.step * people.world.minor_per_unit
    mean_minor = people.budgets.cash_minor * 100 // max(1, cash.monthly_hundredths)
    wanted = month.varied(mean_minor, "cash", cash.spread_millionths, slot)
    amount_minor = (wanted + month.below("cash rounding", step, slot)) // step * step  # up or down, not more on average
    takes = month.below("cash", OCCASIONS * 100, slot) < cash.monthly_hundredths
    return block(
        month.moments("cash", month.first_day + month.below("cash day", month.days, slot), 8, 14, slot),
        owner=people.numbers,
        source=people.persons,
        target=OUTSIDE,
        kind=KIND["withdrawal"],
        amount_minor=amount_minor,
        intent=intent,
        ordinal=month.number * 1000 + slot,
    ).picked(takes & (amount_minor > 0))


def _friends(month: Month, first_intent: int, slot: int) -> EventBlock:
    """Money to friends, and as much from them: of two friends, who joined later has the friendship."""
    people, friends = month.people, month.people.preset.friends
    below = people.numbers % TOWN_SIZE
    word = month.words("friend", slot)
    friend = PERSON + people.numbers - below + bounded(word, np.maximum(1, below))
    gives = (word & np.uint64(1)).astype(bool)
    mean_minor = np.full_like(people.numbers, friends.mean * people.world.minor_per_unit)
    return block(
        month.moments("friend", month.first_day + month.below("friend day", month.days, slot), 9, 14, slot),
        owner=people.numbers,
        source=np.where(gives, people.persons, friend),
        target=np.where(gives, friend, people.persons),
        kind=KIND["transfer"],
        amount_minor=month.varied(mean_minor, "friend", friends.spread_millionths, slot),
        intent=first_intent + month.below("friend reason", len(_REASONS), slot),
        ordinal=month.number * 1000 + slot,
    ).picked((below > 0) & (month.below("friend often", OCCASIONS * 100, slot) < friends.monthly_hundredths))
