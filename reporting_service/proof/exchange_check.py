"""What an entry exchanged, checked a second time against its legs and its own rate. Pure.

The rules are written here again on purpose, as those of the hash chain are: the seal of an entry covers its legs, not
the rate.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import with_margin_taken
from shared.enums import TransactionType

BY_CARD = frozenset({TransactionType.CARD_PURCHASE.value, TransactionType.CASH_WITHDRAWAL.value})
"""What was authorized and is collected in parts is converted together, so a part alone does not fit the rate."""


class ExchangeRow(NamedTuple):
    """A row of our copy: `source` is what the payer gave, `target` what the payee got; no rate where it takes back."""

    source_currency: str
    source_minor: int
    target_currency: str
    target_minor: int
    rate: str | None
    reference_rate: str | None
    margin_bp: int | None
    rate_day: int | None

    @property
    def between(self) -> tuple[str, int, str, int]:
        """What left the payer and what reached the payee."""
        return self.source_currency, self.source_minor, self.target_currency, self.target_minor


def problem(exchanged: ExchangeRow | None, moved: tuple[str, int, str, int] | None, entry_type: str) -> str | None:
    """What is wrong with it; `moved` is what left the payer and reached the payee by the legs, None of one currency."""
    if (None if exchanged is None else exchanged.between) != moved:
        return "exchanged is not what its legs moved"
    if exchanged is None or _fits_its_rate(exchanged, are_amounts_its_own=entry_type not in BY_CARD):
        return None
    return "exchanged does not fit its rate"


def _fits_its_rate(exchanged: ExchangeRow, *, are_amounts_its_own: bool) -> bool:
    *_, rate, reference_rate, margin_bp, rate_day = exchanged
    if rate is None or reference_rate is None or margin_bp is None or rate_day is None:
        return (rate, reference_rate, margin_bp, rate_day) == (None, None, None, None)
    if Decimal(rate) != with_margin_taken(Decimal(reference_rate), margin_bp):
        return False
    return not are_amounts_its_own or _are_amounts_at(exchanged, Fraction(rate), Fraction(reference_rate))


def _are_amounts_at(exchanged: ExchangeRow, rate: Fraction, reference_rate: Fraction) -> bool:
    """Whether either amount is what the rates make of the other: rounded, and never above the reference rate."""
    digits = MINOR_UNIT_DIGITS[exchanged.target_currency] - MINOR_UNIT_DIGITS[exchanged.source_currency]
    given = exchanged.source_minor * Fraction(10) ** digits
    got = exchanged.target_minor * Fraction(10) ** -digits
    target_minor = min(round(given * rate), floor(given * reference_rate))
    source_minor = max(round(Fraction(got, rate)), ceil(Fraction(got, reference_rate)))
    return target_minor == exchanged.target_minor or source_minor == exchanged.source_minor


def moved(legs: Sequence[tuple[int, str, int]]) -> tuple[str, int, str, int] | None:
    """Of legs (number, currency, amount) what the first gave and the last got; None where it is one currency."""
    if len({currency for _, currency, _ in legs}) < 2:
        return None
    (_, source, paid), *_, (_, target, received) = sorted(legs)
    return source, -paid, target, received
