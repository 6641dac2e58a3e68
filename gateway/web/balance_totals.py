"""What accounts add up to. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def totals(accounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The balances (decimal texts) of the accounts by currency, in the order in which the currencies come."""
    sums: dict[str, Decimal] = {}
    for account in accounts:
        sums[account["currency"]] = sums.get(account["currency"], Decimal(0)) + Decimal(account["balance"])
    return {currency: str(total) for currency, total in sums.items()}
