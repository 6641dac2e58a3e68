"""Whether rates that a page gives can be, beside those known before: a wrong rate is worse than none. Pure."""

from datetime import date
from decimal import Decimal

from account_service.rates.published import DayOfRates, InterestRates, PageChangedError

MOST_DAYS_BEFORE = 60
MOST_CHANGE = Decimal("1.5")
"""By this factor no currency's worth changes from one publication to the next, within those days."""
MOST_POINTS = Decimal(5)
"""Nor a rate by so many percentage points."""


def check_exchange(rates: DayOfRates, before: DayOfRates | None, today: date) -> None:
    """Raises PageChangedError for a day that has not come, one before what is known, or a rate that cannot be."""
    if (rates.day - today).days > 1:
        message = f"its rates are of {rates.day}, which has not come"
        raise PageChangedError(message)
    if before is None:
        return
    if rates.day < before.day:
        message = f"its rates are of {rates.day}, and those of {before.day} are known"
        raise PageChangedError(message)
    if (rates.day - before.day).days > MOST_DAYS_BEFORE:
        return
    for currency, rate in rates.per_euro.items():
        known = before.per_euro.get(currency)
        if known is None:
            continue
        lower, higher = sorted((Decimal(rate), Decimal(known)))
        if higher > lower * MOST_CHANGE:
            message = f"{currency} is at {rate}, and was at {known} on {before.day}"
            raise PageChangedError(message)


def check_interest(rates: InterestRates, before: dict[str, str]) -> None:
    """Raises PageChangedError where a rate is far from the one that was known under its name."""
    for name, rate, _ in rates:
        known = before.get(name)
        if known is not None and abs(Decimal(rate) - Decimal(known)) > MOST_POINTS:
            message = f"{name} is at {rate} %, and was at {known} %"
            raise PageChangedError(message)
