"""The FDIC's national rates: what deposits earn in the United States on average, in a table of products.

The day that they are of stands in words on the page, as `November 17, 2025`, after `updated`, `effective` or `as of`.
"""

import re
from datetime import UTC, date, datetime

from account_service.rates.page_tables import column, page, plain, table_with
from account_service.rates.published import (
    InterestRate,
    InterestRates,
    PageChangedError,
    Source,
    checked_days,
    percent,
)

PRODUCTS = ("Savings", "Interest Checking", "Money Market", "12 month CD")
"""Of these the rates are kept; a page without one of them has changed."""
_HEADINGS = ("Deposit Products", "National Deposit Rate")
_DAY = re.compile(r"(?:updated|effective|as of):? ([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})", re.ASCII | re.IGNORECASE)


def read(text: str) -> InterestRates:
    """The rates of those products. Raises PageChangedError for any other page."""
    soup = page(text)
    rows, place = table_with(soup, *_HEADINGS), column(soup, _HEADINGS[1])
    by_product = {row[0]: row[place] for row in rows if len(row) > place}
    missing = [product for product in PRODUCTS if product not in by_product]
    if missing:
        message = f"there is no rate of {', '.join(missing)}"
        raise PageChangedError(message)
    effective_on = _day(plain(soup.get_text(" ")))
    rates = [InterestRate(product, percent(by_product[product]), effective_on) for product in PRODUCTS]
    return checked_days(rates, datetime.now(UTC).date())


def _day(said: str) -> date:
    days = set(_DAY.findall(said))
    try:
        (day,) = days
        return datetime.strptime(day, "%B %d, %Y").date()  # noqa: DTZ007 (a day)
    except ValueError:
        message = f"it says {len(days)} days that its rates are of"
        raise PageChangedError(message) from None


SOURCE = Source(
    "fdic",
    "FDIC, national deposit rates",
    "RATES_FDIC_URL",
    "https://www.fdic.gov/national-rates-and-rate-caps",
    read,
)
