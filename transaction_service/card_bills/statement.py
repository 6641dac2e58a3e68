"""A credit card's statement: what is owed, what of it at least, and what it costs to be late. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from shared.amounts.plain_amounts import plain_minor
from shared.card_enums import CardStatementStatus
from shared.time import clock
from shared.time.business_days import day_of_number, day_start_us
from transaction_service.interest.accrual import UNITS_IN_A_MINOR_UNIT, RatePlan, in_force, round_half_even

MOST_ATTEMPTS = 6
"""On the billing day, and once on each of the five days after it."""
_MINIMUM_PART = 20  # a twentieth
_SMALLEST_MINIMUM_EUROS = 25
_HOUR_US = 6 * 3600 * clock.MICROSECONDS
"""How far into the billing day a statement is made: before people are at work."""
_UNITS_A_DAY = UNITS_IN_A_MINOR_UNIT // (365 * 1_000_000)


class CreditLine(NamedTuple):
    """How a credit card's account is billed; `versions` are those of its rate plan, in its currency."""

    account_id: str
    owner_id: str
    settlement_id: str
    currency: str
    billing_day: int
    plan: str
    versions: tuple[RatePlan, ...] = ()

    def late_fee_minor(self, day: int) -> int:
        """What it costs not to pay enough of a bill that was due on a day."""
        plan = in_force(self.versions, day)
        return 0 if plan is None else plan.late_payment_fee_minor


class Totals(NamedTuple):
    """What was booked on the account since the statement before; amounts in minor units, none negative."""

    purchases_minor: int = 0
    payments_minor: int = 0
    interest_minor: int = 0
    fees_minor: int = 0


class Statement(NamedTuple):
    """A statement as it was made on its billing day. Days are numbers, as `business_days.day_number` counts them."""

    id: str
    account_id: str
    until_position: int
    from_day: int
    due_day: int
    opening_minor: int
    totals: Totals
    closing_minor: int
    minimum_minor: int
    currency: str
    attempts: int = 0
    fee_position: int | None = None

    def left_minor(self, paid_minor: int) -> int:
        """What of it is still owed once so much has come in since."""
        return max(self.closing_minor - paid_minor, 0)

    def status(self, paid_minor: int) -> CardStatementStatus:
        """How far it is paid. Nobody is late before the account was to be settled for the first time."""
        if self.left_minor(paid_minor) == 0:
            return CardStatementStatus.PAID
        if self.attempts == 0:
            return CardStatementStatus.DUE
        return CardStatementStatus.PARTLY_PAID if paid_minor >= self.minimum_minor else CardStatementStatus.LATE


def closing_minor(opening_minor: int, totals: Totals) -> int:
    """What is owed in the end; below zero where the card's holder has paid too much."""
    booked = totals.purchases_minor + totals.interest_minor + totals.fees_minor - totals.payments_minor
    return opening_minor + booked


def minimum_minor(closing: int, currency: str) -> int:
    """The least that has to be paid: a twentieth, but 25 euros' worth at least, and never more than is owed."""
    if closing <= 0:
        return 0
    return min(closing, max(-(-closing // _MINIMUM_PART), plain_minor(_SMALLEST_MINIMUM_EUROS, currency)))


def late_interest_minor(
    statement: Statement, credits_by_day: Iterable[tuple[int, int]], until_day: int, versions: Sequence[RatePlan]
) -> int:
    """The interest on what was not paid: from the day after the billing day up to `until_day`, that with it.

    `credits_by_day` are days and what came in on them since the statement was made. Each day costs a 365th of the
    year's rate that is in force on it, on what was left when it began; the sum is rounded once, half to even.
    """
    paid = sorted(credits_by_day)
    units = 0
    for day in range(statement.due_day + 1, until_day + 1):
        before = sum(minor for on, minor in paid if on < day)
        plan = in_force(versions, day)
        units += 0 if plan is None else statement.left_minor(before) * plan.debit_rate * _UNITS_A_DAY
    return round_half_even(units)


def billing_instant(day: int) -> int:
    """When a billing day's statement is made."""
    return day_start_us(day_of_number(day)) + _HOUR_US


def next_billing(after: date, billing_day: int) -> date:
    """The first billing day after a day."""
    this_month = after.replace(day=billing_day)
    if this_month > after:
        return this_month
    first_of_next = date(after.year + after.month // 12, after.month % 12 + 1, 1)
    return first_of_next.replace(day=billing_day)


def next_billing_number(after: int, billing_day: int) -> int:
    """The same in numbers of days."""
    return next_billing(day_of_number(after), billing_day).toordinal() - day_of_number(0).toordinal()
