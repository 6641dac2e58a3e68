"""The ECB's key interest rates: a table whose rows begin with a year (in the first row of it alone) and a day.

The newest row is the first. Main refinancing operations have two columns, for tenders at a fixed and at a variable
rate; what does not apply is a dash.
"""

import re
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

_YEAR = re.compile(r"(?:19|20)[0-9]{2}", re.ASCII)
_DAY = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2})[a-z]*\.?", re.ASCII)
_COLUMNS = 6
_DASHES = frozenset({"-", "\N{EN DASH}", "\N{MINUS SIGN}", "\N{EM DASH}", ""})


def read(text: str) -> InterestRates:
    """The rates in force. Raises PageChangedError for any other table."""
    rows = table_with(page(text), "Deposit facility", "Main refinancing operations", "Marginal lending facility")
    years = [row[0] for row in rows if row[0]]
    if not rows or len(rows[0]) != _COLUMNS or not all(map(_YEAR.fullmatch, years)):
        message = "the rows are not a year, a day and four rates"
        raise PageChangedError(message)
    year, day, deposit, fixed, variable, lending = rows[0]
    if not year or years != sorted(years, reverse=True):
        message = "the years are not in order, the newest first"
        raise PageChangedError(message)
    main = [rate for rate in (fixed, variable) if rate not in _DASHES]
    if len(main) != 1:
        message = f"main refinancing operations have {len(main)} rates instead of one"
        raise PageChangedError(message)
    effective_on = _day(day, year)
    named = {
        "Deposit facility": deposit,
        "Main refinancing operations": main[0],
        "Marginal lending facility": lending,
    }
    rates = [InterestRate(name, percent(rate), effective_on) for name, rate in named.items()]
    return checked_days(rates, datetime.now(UTC).date())


def _day(day: str, year: str) -> date:
    match = _DAY.fullmatch(day)
    try:
        return datetime.strptime(f"{match[1]} {match[2]} {year}" if match else "", "%d %b %Y").date()  # noqa: DTZ007
    except ValueError:
        message = f"{day!r} is no day of {year}"
        raise PageChangedError(message) from None


SOURCE = Source(
    "ecb-key-rates",
    "European Central Bank, key interest rates",
    "RATES_ECB_KEY_RATES_URL",
    "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/key_ecb_interest_rates/html/index.en.html",
    read,
)
