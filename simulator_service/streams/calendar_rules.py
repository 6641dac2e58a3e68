"""When a bank moves money: business days, and how paydays and billing days fall on them.

Holidays are those of the euro payment system (TARGET): New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

PAYDAYS = (1, 15)
ROLL_MARGIN = timedelta(days=7)
"""No date rolls further than this: over Easter and over Christmas four days at most are closed."""


def easter_sunday(year: int) -> date:
    """Gregorian Easter (the anonymous algorithm, Meeus, Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The weekdays on which the payment system is closed."""
    easter = easter_sunday(year)
    fixed = {date(year, month, day) for month, day in ((1, 1), (5, 1), (12, 25), (12, 26))}
    return frozenset(fixed | {easter - timedelta(days=2), easter + timedelta(days=1)})


def is_business_day(day: date) -> bool:
    """Monday to Friday and no bank holiday."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def rolled_back(day: date) -> date:
    """The day itself or the last business day before it: wages are never late."""
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


def rolled_forward(day: date) -> date:
    """The day itself or the next business day: a bill is collected when the bank opens."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def day_of_month(year: int, month: int, day: int) -> date:
    """The 29th to 31st mean the last day in months that are shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def paydays(year: int, month: int) -> tuple[date, ...]:
    """The dates on which the wages due in that month arrive; the first may fall into the month before."""
    return tuple(rolled_back(date(year, month, day)) for day in PAYDAYS)


def days_to_payday(day: date) -> int:
    """Days from this one to the next payday, 0 on a payday itself."""
    ahead = (payday for month in months(day, day + timedelta(days=31)) for payday in paydays(*month) if payday >= day)
    return (min(ahead) - day).days


def billing_date(year: int, month: int, day: int) -> date:
    """The date on which a bill of that billing day is collected; it may fall into the month after."""
    return rolled_forward(day_of_month(year, month, day))


def months(first: date, last: date) -> Iterator[tuple[int, int]]:
    """Each (year, month) touched by the dates first..last."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
