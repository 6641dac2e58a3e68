"""Crimes against customers, and those that use them; each with people who do nearly the same and mean no harm."""

from simulator_service.behaviours.terminals import DEBIT, ONLINE, way
from simulator_service.people.population import Party
from simulator_service.scenarios.draft import Draft
from simulator_service.scenarios.laundering import hours_after

_CHEAP_TRADES = ("entertainment", "shopping")
BELOW_THE_LINE_UNITS = 10_000
"""From this much on cash is reported, in whole currency units: structuring stays below."""


def structuring(draft: Draft) -> None:
    """Cash is paid in again and again, each time just below what is reported; the look-alike is a trader's takings."""
    (owner,) = draft.people(1)
    day = 0
    for _ in range(draft.instance.width):
        least = 6_500 if draft.is_benign else 8_300
        amount = draft.between("amount", least * draft.unit, (BELOW_THE_LINE_UNITS - 40) * draft.unit)
        draft.pay_in(draft.moment(day, 9, 17), owner.party, amount)
        day += draft.between("pause", 1, 3)
    for _ in range(draft.instance.width // 2):
        taken = draft.between("out", 2_000 * draft.unit, 9_000 * draft.unit)
        draft.pay_out(draft.moment(day, 9, 17), owner.party, taken)
        day += 1


def mules(draft: Draft) -> None:
    """Several people pay a mule, who passes nearly all of it on within hours to another, who takes it out; the
    look-alike is a treasurer who collects dues."""
    mule, second, *payers = (person.party for person in draft.people(2 + draft.instance.width))
    collected = 0
    last_us = draft.instance.begins_us
    for payer in payers:
        amount = draft.between("amount", 250 * draft.unit, 2_600 * draft.unit)
        draft.pay_in(draft.moment(0, 8, 12), payer, amount + _left_over(draft))
        paid_us = draft.moment(1 + draft.below("day", 2))
        draft.pay(paid_us, payer, mule, amount)
        collected, last_us = collected + amount, max(last_us, paid_us)
    passed_on = collected * (draft.between("kept", 80, 98) if draft.is_benign else draft.between("kept", 88, 95)) // 100
    passed_us = hours_after(draft, last_us, 6, 48) if draft.is_benign else hours_after(draft, last_us, 1, 4)
    for part_us, amount in _parts(draft, passed_us, passed_on, most_units=9_000):
        draft.pay(part_us, mule, second, amount)
        passed_us = max(passed_us, part_us)
    _take_out(draft, second, passed_us, passed_on)


def account_takeover(draft: Draft) -> None:
    """Somebody else has the log-in: one payment to try it, then all there is, to two accounts that take it out at once.
    The look-alike moves house, and pays deposit, van and deposit of the keys in one evening."""
    victim, *takers = (person.party for person in draft.people(3))
    saved = draft.between("saved", 2_500 * draft.unit, 7_500 * draft.unit)
    draft.pay_in(draft.moment(0, 9, 15), victim, saved)
    at_us = draft.moment(2, 18, 22)
    draft.pay(at_us, victim, takers[0], draft.between("try", draft.unit, 5 * draft.unit))
    each = saved * draft.between("part", 70, 95) // 100 // draft.instance.width
    for place in range(draft.instance.width):
        at_us = hours_after(draft, at_us, 0, 2 if draft.is_benign else 1)
        draft.pay(at_us, victim, takers[place % 2], each * draft.between("uneven", 85, 100) // 100)
    for taker in takers:
        if not draft.is_benign or draft.below("takes out", 2):
            _take_out(draft, taker, hours_after(draft, at_us, 1, 30), each * (draft.instance.width // 2))


def push_payment_fraud(draft: Draft) -> None:
    """Somebody is talked into paying, and pays themselves, more each time; whoever is paid passes it on. The look-alike
    pays a builder as the work goes on."""
    victim, payee, *others = (person.party for person in draft.people(3))
    amount = draft.between("amount", 400 * draft.unit, 1_400 * draft.unit)
    day, total = 1, 0
    for _ in range(draft.instance.width):
        draft.pay_in(draft.moment(day - 1, 9, 17), victim, amount + _left_over(draft))
        draft.pay(draft.moment(day), victim, payee, amount)
        total += amount
        day += draft.between("pause", 1, 9 if draft.is_benign else 4)
        amount = min(
            amount * draft.between("more", 105, 170) // 100,
            9_000 * draft.unit - draft.below("below the limit", 50 * draft.unit),
        )
    passed_on = total * (draft.between("kept", 25, 90) if draft.is_benign else draft.between("kept", 80, 96)) // 100
    passed_us = draft.moment(day)
    for part_us, part in _parts(draft, passed_us, passed_on, most_units=9_000):
        draft.pay(part_us, payee, others[0], part)
        passed_us = max(passed_us, part_us)
    _take_out(draft, others[0], passed_us, passed_on)


def card_testing(draft: Draft) -> None:
    """Stolen card data is tried with small purchases, then used for dear ones; or somebody buys songs and a phone."""
    (holder,) = draft.people(1)
    draft.pay_in(draft.moment(0, 9, 15), holder.party, draft.between("saved", 2_950 * draft.unit, 3_400 * draft.unit))
    at_us = draft.moment(1, 8, 20)
    for _ in range(draft.instance.width):
        trade = _CHEAP_TRADES[draft.below("trade", len(_CHEAP_TRADES))]
        shops = draft.shops(holder, trade)
        shop = shops[draft.below("shop", len(shops))]
        at_us = hours_after(draft, at_us, 0, 3 if draft.is_benign else 1)
        cheap = draft.between("cheap", 60, 990 if draft.is_benign else 690) * draft.unit // 100
        draft.buy(at_us, holder.party, shop, amount_minor=cheap, trade=trade, how=way(DEBIT, ONLINE))
    for _ in range(1 if draft.is_benign else draft.between("times", 1, 2)):
        at_us = hours_after(draft, at_us, 0, 20 if draft.is_benign else 6)
        (shop, *_) = draft.shops(holder, "electronics")
        dear = draft.between("dear", 450 * draft.unit, 1_150 * draft.unit)
        draft.buy(at_us, holder.party, shop, amount_minor=dear, trade="electronics", how=way(DEBIT, ONLINE))


def _left_over(draft: Draft) -> int:
    """What is paid in beyond what is passed on."""
    return draft.between("left over", 5 * draft.unit, 60 * draft.unit)


def _parts(draft: Draft, begin_us: int, amount_minor: int, *, most_units: int) -> list[tuple[int, int]]:
    """An amount in parts that no limit holds up, one after the other."""
    count = -(-amount_minor // (most_units * draft.unit))
    parts = []
    for _ in range(max(1, count)):
        parts.append((begin_us, amount_minor // max(1, count)))
        begin_us = hours_after(draft, begin_us, 0, 3)
    return parts


def _take_out(draft: Draft, party: Party, after_us: int, amount_minor: int) -> None:
    """Some or nearly all of it as cash, in hours or days."""
    if draft.is_benign and not draft.below("takes out at all", 3):
        return
    share = draft.between("taken", 20, 80) if draft.is_benign else draft.between("taken", 70, 96)
    for part_us, part in _parts(draft, after_us, amount_minor * share // 100, most_units=2_000):
        draft.pay_out(hours_after(draft, part_us, 1, 30 if draft.is_benign else 8), party, part)
