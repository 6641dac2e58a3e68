"""What accounts add up to. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.currencies import MINOR_UNIT_DIGITS
from shared.money import to_text


def totals(accounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The balances (decimal texts) of the accounts by currency, in the order in which the currencies come."""
    sums: dict[str, Decimal] = {}
    for account in accounts:
        sums[account["currency"]] = sums.get(account["currency"], Decimal(0)) + Decimal(account["balance"])
    return {currency: str(total) for currency, total in sums.items()}


def together(sums: Mapping[str, str], home: str, per_home: Mapping[str, str]) -> str | None:
    """The totals in one currency, by what a unit of that is worth in each; None where one of them has no rate."""
    total = Fraction(0)
    for currency, amount in sums.items():
        rate = "1" if currency == home else per_home.get(currency)
        if rate is None:
            return None
        total += Fraction(Fraction(amount), Fraction(rate))
    minor = round(total * 10 ** MINOR_UNIT_DIGITS[home])
    return to_text(minor, home)
