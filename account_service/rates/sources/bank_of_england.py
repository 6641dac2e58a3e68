"""The Bank of England's Bank Rate: a table of the days on which it changed, the newest first."""

from datetime import UTC, date, datetime

from account_service.rates.page_tables import page, table_with
from account_service.rates.published import (
    InterestRate,
    InterestRates,
    PageChangedError,
    Source,
    checked_days,
    percent,
)


def read(text: str) -> InterestRates:
    """The rate in force. Raises PageChangedError for any other table, or one that is not in order."""
    rows = table_with(page(text), "Date Changed", "Rate")
    if len(rows) < 2 or any(len(row) != 2 for row in rows):
        message = "the rows are not a day and a rate"
        raise PageChangedError(message)
    days = [_day(row[0]) for row in rows]
    if days != sorted(days, reverse=True):
        message = "the days are not in order, the newest first"
        raise PageChangedError(message)
    rates = [InterestRate("Bank Rate", percent(rows[0][1]), days[0])]
    return checked_days(rates, datetime.now(UTC).date())


def _day(text: str) -> date:
    try:
        found = datetime.strptime(text, "%d %b %y").date()  # noqa: DTZ007 (a day)
    except ValueError:
        message = f"{text!r} is no day such as 07 Aug 25"
        raise PageChangedError(message) from None
    # A year of two digits means the past: Bank Rate has changed since the seventies.
    return found.replace(year=found.year - 100) if found.year > datetime.now(UTC).year + 1 else found


SOURCE = Source(
    "bank-of-england",
    "Bank of England, Bank Rate",
    "RATES_BOE_URL",
    "https://www.bankofengland.co.uk/boeapps/database/Bank-Rate.asp",
    read,
)
