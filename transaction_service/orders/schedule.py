"""On which days an order pays, and on which of the bank's days that is done. Pure but for the bank's zone.

A month that has no such day has its last one instead, and the next month has the day again: from the 31st of January to
the last of February to the 31st of March.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from shared.time.business_days import business_day, instant_on
from shared.time.target_calendar import following_target_day, preceding_target_day
from transaction_service.orders.enums import ExecutionRule, Frequency

EXECUTION_HOUR = 6
"""When orders pay and direct debits are collected, by the bank's zone."""
RETRY_HOUR = 14
"""When an order that met too little money tries again on the same day."""
LAST_YEAR = 2200
_LONGEST_SHIFT = timedelta(days=14)
"""No run of days on which banks do not settle is as long."""
_DAYS: Mapping[str, int] = MappingProxyType({Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.TWO_WEEKLY: 14})
_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        Frequency.MONTHLY: 1,
        Frequency.TWO_MONTHLY: 2,
        Frequency.QUARTERLY: 3,
        Frequency.HALF_YEARLY: 6,
        Frequency.YEARLY: 12,
    }
)


@dataclass(frozen=True)
class Schedule:
    """The days of an order, from `first_on` up to and with `last_on`; without a frequency `first_on` alone."""

    first_on: date
    last_on: date | None = None
    frequency: str | None = None
    execution_rule: str = ExecutionRule.FOLLOWING.value

    def day_after(self, day: date) -> date | None:
        """The first of its days after this one; None when there is none any more."""
        if day < self.first_on:
            found = self.first_on
        elif self.frequency is None:
            return None
        else:
            found = self._repeated_after(day, self.frequency)
        return None if found.year > LAST_YEAR or (self.last_on is not None and found > self.last_on) else found

    def first_day(self) -> date | None:
        """The first of its days; None when it has none."""
        return self.day_after(self.first_on - timedelta(days=1))

    def day_due_after(self, instant_us: int, *, after: date | None = None) -> date | None:
        """The first of its days, after `after`, that is paid later than this instant; None when there is none."""
        day = max(after or date.min, business_day(instant_us) - _LONGEST_SHIFT)
        found = self.day_after(day)
        while found is not None and self.due_at(found) <= instant_us:
            found = self.day_after(found)
        return found

    def execution_day(self, day: date) -> date:
        """On which of the bank's days is paid what falls on one of its own."""
        is_following = self.execution_rule == ExecutionRule.FOLLOWING
        return following_target_day(day) if is_following else preceding_target_day(day)

    def due_at(self, day: date) -> int:
        """The instant at which that is done."""
        return instant_on(self.execution_day(day), EXECUTION_HOUR)

    def _repeated_after(self, day: date, frequency: str) -> date:
        if frequency in _DAYS:
            step = _DAYS[frequency]
            return self.first_on + timedelta(days=((day - self.first_on).days // step + 1) * step)
        step = _MONTHS[frequency]
        passed = (day.year - self.first_on.year) * 12 + day.month - self.first_on.month
        found = add_months(self.first_on, passed // step * step)
        return found if found > day else add_months(self.first_on, (passed // step + 1) * step)


def retry_at(instant_us: int) -> int:
    """When what is tried at this instant is tried again: the same day's hour, which may have passed."""
    return instant_on(business_day(instant_us), RETRY_HOUR)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
