"""Interest by one who knows only what a day is: it walks every day by itself, in fractions."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from shared.enums import DayCount
from shared.time.business_days import day_of_number
from transaction_service.interest.accrual import RatePlan


class Walked(NamedTuple):
    """What some days brought, in fractions of a minor unit, and whether any of them ended below zero."""

    credit: Fraction
    debit: Fraction
    was_below: bool


def walk(plans: Iterable[RatePlan], opening: int, changes: Mapping[int, int], first: int, until: int) -> Walked:
    """The days from `first` up to `until`, that one not included, on the balances with which they end.

    `opening` is the balance as `first` begins, `changes` by how much that day and later ones changed it.
    """
    versions = sorted(plans, key=lambda plan: plan.version, reverse=True)
    credit, debit, was_below = Fraction(0), Fraction(0), False
    balance = opening
    for day in range(first, until):
        balance += changes.get(day, 0)
        was_below = was_below or balance < 0
        plan = next((one for one in versions if one.valid_from <= day), None)
        if plan is not None:
            share = _share_of_year(day_of_number(day), plan.day_count)
            earned, owed = _of_a_year(plan, balance)
            credit, debit = credit + earned * share, debit + owed * share
    return Walked(credit, debit, was_below)


def _share_of_year(day: date, count: DayCount) -> Fraction:
    """Which part of a year interest counts for the night after this day."""
    if count is DayCount.ACT_365:
        return Fraction(1, 365)
    if count is DayCount.ACT_360:
        return Fraction(1, 360)
    after = day + timedelta(days=1)
    if day.day == 31 or (day.day == 30 and after.day == 31):
        return Fraction(0 if after.day == 31 else 1, 360)
    return Fraction(after.day - day.day if after.day > day.day else 31 - day.day, 360)


def _of_a_year(plan: RatePlan, balance: int) -> tuple[Fraction, Fraction]:
    """What a balance earns and owes in a year, euro by euro of a ladder of rates."""
    if balance < 0:
        return Fraction(0), Fraction(-balance * plan.debit_rate, 10**6)
    if balance < plan.minimum_balance_minor:
        return Fraction(0), Fraction(0)
    earned, left = Fraction(0), balance
    for start, rate in reversed(plan.tiers):
        earned += Fraction(max(left - start, 0) * rate, 10**6)
        left = min(left, start)
    return earned + Fraction(left * plan.credit_rate, 10**6), Fraction(0)
