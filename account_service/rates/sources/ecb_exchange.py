"""The ECB's reference rates of the day: XML with a `Cube` for the day, and one for each currency within it."""

import re
from datetime import date

from account_service.rates.page_tables import page
from account_service.rates.published import DayOfRates, PageChangedError, Source

_RATE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,8})?", re.ASCII)
_PROLOG = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
ALWAYS_THERE = frozenset({"USD", "JPY", "GBP", "CHF"})
FEWEST_CURRENCIES = 20


def read(text: str) -> DayOfRates:
    """The rates of the day. Raises PageChangedError for anything but the document that the ECB publishes."""
    soup = page(_PROLOG.sub("", text, count=1))
    sender = soup.find("gesmes:name")
    if sender is None or sender.get_text().strip() != "European Central Bank":
        message = "it is not the European Central Bank who sends this"
        raise PageChangedError(message)
    days = soup.find_all("cube", time=True)
    if len(days) != 1:
        message = f"there are {len(days)} days instead of one"
        raise PageChangedError(message)
    try:
        day = date.fromisoformat(str(days[0]["time"]))
    except ValueError:
        message = f"{days[0]['time']!r} is no day"
        raise PageChangedError(message) from None
    rates = [(str(cube.get("currency")), str(cube.get("rate"))) for cube in days[0].find_all("cube")]
    return DayOfRates(day, checked(rates))


def checked(rates: list[tuple[str, str]]) -> dict[str, str]:
    """Currencies and their rates, where each is one and enough of them are there. Raises PageChangedError."""
    for currency, rate in rates:
        if not _CODE.fullmatch(currency) or not _RATE.fullmatch(rate) or not rate.strip("0."):
            message = f"{currency} at {rate} is no rate"
            raise PageChangedError(message)
    found = dict(rates)
    if len(found) != len(rates) or len(found) < FEWEST_CURRENCIES or not found.keys() >= ALWAYS_THERE:
        message = f"{len(rates)} rates of {len(found)} currencies are not what is published of a day"
        raise PageChangedError(message)
    return found


SOURCE = Source(
    "ecb",
    "European Central Bank, reference rates",
    "RATES_ECB_URL",
    "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml",
    read,
)
