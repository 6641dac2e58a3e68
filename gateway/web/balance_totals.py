"""What accounts add up to. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import to_text
from shared.enums import AccountType


def totals(accounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The balances (decimal texts) of the accounts by currency, in the order in which the currencies come.

    What is owed on credit cards is not mixed into them: `owed` tells that.
    """
    return _sums((one["currency"], Decimal(one["balance"])) for one in accounts if not _is_card_debt(one))


def owed(accounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What is owed on credit cards by currency, above zero; nothing where nothing is."""
    return _sums((one["currency"], -Decimal(one["balance"])) for one in accounts if _is_card_debt(one))


def _is_card_debt(account: Mapping[str, Any]) -> bool:
    return account["account_type"] == AccountType.CREDIT and Decimal(account["balance"]) < 0


def _sums(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
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
