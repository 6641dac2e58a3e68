"""What an account earns and owes: day by day on its end-of-day balances, in whole units of interest. Pure.

A unit is a minor unit of money divided by UNITS_IN_A_MINOR_UNIT, which all rates and day counts divide evenly: so
nothing is rounded before a period is posted, and then once, half to even. Days are numbers
(`shared.time.business_days.day_number`), rates millionths a year.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from shared.enums import DayCount, InterestPeriod
from shared.time.business_days import day_of_number

_DAYS_OF_TWO_YEARS = 26_280  # the least that both 365 and 360 divide
UNITS_IN_A_MINOR_UNIT = _DAYS_OF_TWO_YEARS * 1_000_000
_UNITS_A_DAY = {
    DayCount.ACT_365: _DAYS_OF_TWO_YEARS // 365,
    DayCount.ACT_360: _DAYS_OF_TWO_YEARS // 360,
    DayCount.THIRTY_E_360: _DAYS_OF_TWO_YEARS // 360,
}
_MONTHS_OF = {InterestPeriod.MONTHLY: 1, InterestPeriod.QUARTERLY: 3, InterestPeriod.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class RatePlan:
    """One version of what accounts of a kind earn and pay; amounts in minor units of `currency`.

    `tiers`: from how much a part of the balance earns another rate. A day that ends below `minimum_balance_minor`
    earns nothing. `exchange_fee_bp`, in hundredths of a percent, is kept of what is paid in another currency.
    """

    id: str
    code: str
    version: int
    valid_from: int
    currency: str
    credit_rate: int = 0
    tiers: tuple[tuple[int, int], ...] = ()
    day_count: DayCount = DayCount.ACT_365
    paid: InterestPeriod = InterestPeriod.MONTHLY
    debit_rate: int = 0
    overdraft_limit_minor: int = 0
    minimum_balance_minor: int = 0
    monthly_fee_minor: int = 0
    overdraft_fee_minor: int = 0
    late_payment_fee_minor: int = 0
    exchange_fee_bp: int = 0
    notice_days: int = 0

    @property
    def accrues(self) -> bool:
        """Whether a balance can earn or owe anything by it."""
        return self.credit_rate > 0 or self.debit_rate > 0 or any(rate > 0 for _, rate in self.tiers)

    @property
    def has_fees(self) -> bool:
        """Whether it takes fees."""
        return self.monthly_fee_minor > 0 or self.overdraft_fee_minor > 0

    def in_currency(self, currency: str) -> "RatePlan":
        """As it is for accounts in a currency: in another one than its own it has rates, and no amounts."""
        if currency == self.currency:
            return self
        return replace(
            self,
            tiers=(),
            overdraft_limit_minor=0,
            minimum_balance_minor=0,
            monthly_fee_minor=0,
            overdraft_fee_minor=0,
            late_payment_fee_minor=0,
        )

    def ends_period_on(self, day: int) -> bool:
        """Whether interest is posted on this day, the first of a month."""
        return (day_of_number(day).month - 1) % _MONTHS_OF[self.paid] == 0

    def credit_units(self, balance_minor: int) -> int:
        """What a balance earns on a day that counts as one."""
        if balance_minor <= 0 or balance_minor < self.minimum_balance_minor:
            return 0
        bands = [(0, self.credit_rate), *self.tiers]
        tops = [*(start for start, _ in self.tiers), balance_minor]
        earned = sum(
            max(min(balance_minor, top) - start, 0) * rate for (start, rate), top in zip(bands, tops, strict=True)
        )
        return earned * _UNITS_A_DAY[self.day_count]

    def debit_units(self, balance_minor: int) -> int:
        """What a balance below zero owes on a day that counts as one."""
        return max(-balance_minor, 0) * self.debit_rate * _UNITS_A_DAY[self.day_count]

    def days_between(self, first: int, until: int) -> int:
        """How many days interest counts from one day to another."""
        if self.day_count is not DayCount.THIRTY_E_360:
            return until - first
        return _thirty_e(until) - _thirty_e(first)


class InterestUnits(NamedTuple):
    """What was earned and what is owed, in units."""

    credit: int = 0
    debit: int = 0


def in_force(versions: Iterable[RatePlan], day: int) -> RatePlan | None:
    """The newest version whose day has come; None before there was one."""
    return max((plan for plan in versions if plan.valid_from <= day), key=lambda plan: plan.version, default=None)


def accrue(
    versions: Sequence[RatePlan], opening_minor: int, changes: Mapping[int, int], first: int, until: int
) -> InterestUnits:
    """What the days from `first` up to `until` bring, that one not included.

    `opening_minor` is the balance as `first` begins, `changes` by how much that day and later ones changed it.
    """
    credit = debit = 0
    for start, end, balance_minor in _stretches(versions, opening_minor, changes, first, until):
        plan = in_force(versions, start)
        if plan is not None:
            days = plan.days_between(start, end)
            credit += plan.credit_units(balance_minor) * days
            debit += plan.debit_units(balance_minor) * days
    return InterestUnits(credit, debit)


def ended_below_zero(opening_minor: int, changes: Mapping[int, int], first: int, until: int) -> bool:
    """Whether any of the days ended below zero."""
    return any(balance < 0 for _, _, balance in _stretches((), opening_minor, changes, first, until))


def round_half_even(units: int) -> int:
    """Minor units of so many units of interest, which are not negative."""
    minor, rest = divmod(units, UNITS_IN_A_MINOR_UNIT)
    return minor + (2 * rest > UNITS_IN_A_MINOR_UNIT or (2 * rest == UNITS_IN_A_MINOR_UNIT and minor % 2 == 1))


class Postable(NamedTuple):
    """What an account is paid and what it is charged, in minor units."""

    paid: int
    charged: int


def postable(credit_minor: int, debit_minor: int) -> Postable:
    """What is posted of what was earned and is owed.

    What was posted and not earned after all is charged, what was charged and not owed after all is paid.
    """
    paid = max(credit_minor, 0) + max(-debit_minor, 0)
    return Postable(paid, max(debit_minor, 0) + max(-credit_minor, 0))


def _stretches(
    versions: Sequence[RatePlan], opening_minor: int, changes: Mapping[int, int], first: int, until: int
) -> Iterator[tuple[int, int, int]]:
    """Days in a row that end with the same balance and have the same plan: the first, the one after, the balance."""
    breaks = {first, until, *changes, *(plan.valid_from for plan in versions)}
    balance_minor = opening_minor
    for start, end in pairwise(sorted(day for day in breaks if first <= day <= until)):
        balance_minor += changes.get(start, 0)
        yield start, end, balance_minor


def _thirty_e(day: int) -> int:
    """A day's place where every month has 30 days."""
    date = day_of_number(day)
    return date.year * 360 + date.month * 30 + min(date.day, 30)
