"""Payments that come again: subscriptions, bills and salaries, found in what moved. Pure.

What recurs has one counterpart (or one description), one direction and one currency, amounts that are alike, and
intervals that are those of a calendar. When it comes next is a guess, from the last time and the interval.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median_low

from shared.enums import TextEnum

LEAST_TIMES = 3
_ALIKE_PERCENT = 20
"""How far amounts may lie from the middle one: bills vary with the season, a week's shopping varies more."""
_LATE_DAYS = 10
"""How long after the day it was expected something still counts as going on; of yearly things longer."""
_DIGITS = re.compile(r"[0-9]+")


class Rhythm(TextEnum):
    """How often something comes."""

    WEEKLY = "weekly"
    TWO_WEEKLY = "two_weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


_DAYS = {
    Rhythm.WEEKLY: (7, 7, 1), Rhythm.TWO_WEEKLY: (14, 14, 2), Rhythm.MONTHLY: (28, 31, 4),
    Rhythm.QUARTERLY: (89, 92, 6), Rhythm.YEARLY: (365, 366, 10),
}  # fmt: skip
"""Between two times lie so many days, and so many more or fewer for weekends and holidays."""
_MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class Payment:
    """A movement that may be one of several. `amount_minor` is signed, as the account sees it.

    `other_id` is the account on the other side where that is a customer's, `who` its holder.
    """

    account_id: str
    day: date
    amount_minor: int
    currency: str
    who: str
    description: str
    category: str
    other_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recurring:
    """What comes again; `amount_minor` is the last one, signed."""

    name: str
    account_id: str
    currency: str
    category: str
    rhythm: Rhythm
    amount_minor: int
    times: int
    last_on: date
    next_on: date


def find(payments: Iterable[Payment], today: date) -> list[Recurring]:
    """What goes on at this day, what is expected first first; payments come in order of their days."""
    alike: defaultdict[tuple[str, str, str, bool], list[Payment]] = defaultdict(list)
    for one in payments:
        name = one.other_id or one.who or _DIGITS.sub("#", one.description).strip().lower() or one.category
        alike[one.account_id, one.currency, name, one.amount_minor > 0].append(one)
    series = (some for group in alike.values() for some in _by_amount(group))
    found = [recurring for some in series if (recurring := _of(some, today)) is not None]
    return sorted(found, key=lambda one: (one.next_on, one.name, one.account_id))


def _by_amount(group: Sequence[Payment]) -> list[list[Payment]]:
    """Parted where amounts are unlike, as of two contracts with one insurer; each in the order of its days."""
    parts: list[list[Payment]] = []
    for one in sorted(group, key=lambda payment: abs(payment.amount_minor)):
        smallest = abs(parts[-1][0].amount_minor) if parts else 0
        if parts and (abs(one.amount_minor) - smallest) * 100 <= smallest * 2 * _ALIKE_PERCENT:
            parts[-1].append(one)
        else:
            parts.append([one])
    return [sorted(part, key=lambda payment: payment.day) for part in parts]


def _of(group: Sequence[Payment], today: date) -> Recurring | None:
    middle = median_low(abs(one.amount_minor) for one in group)
    some = [one for one in group if abs(abs(one.amount_minor) - middle) * 100 <= middle * _ALIKE_PERCENT]
    days = [one.day for one in some]
    rhythm = _rhythm([(later - earlier).days for earlier, later in pairwise(days)])
    if len(some) < LEAST_TIMES or rhythm is None:
        return None
    last = some[-1]
    next_on = _after(last.day, rhythm)
    if next_on + timedelta(days=_LATE_DAYS) < today:
        return None
    return Recurring(
        last.who or last.description or last.category,
        last.account_id,
        last.currency,
        last.category,
        rhythm,
        last.amount_minor,
        len(some),
        last.day,
        next_on,
    )


def _rhythm(intervals: Sequence[int]) -> Rhythm | None:
    """The calendar's interval that nearly all of these are; one in five may be another, as something was missed."""
    for rhythm, (least, most, slack) in _DAYS.items():
        fitting = sum(least - slack <= days <= most + slack for days in intervals)
        if intervals and fitting * 5 >= len(intervals) * 4:
            return rhythm
    return None


def _after(day: date, rhythm: Rhythm) -> date:
    if rhythm not in _MONTHS:
        return day + timedelta(days=_DAYS[rhythm][0])
    months = day.year * 12 + day.month - 1 + _MONTHS[rhythm]
    first = date(months // 12, months % 12 + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))
