"""Rates between two currencies, made of what one euro is worth in each: ten significant digits, cut. Pure.

Whoever shows a rate and whoever exchanges by it makes it here, so that both have the same.
"""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Context, Decimal

BASE = "EUR"
"""The currency that rates are published for."""
_DIGITS = 10
_ONE = Decimal(1)
_CUT = Context(prec=_DIGITS, rounding=ROUND_DOWN)


def rate_between(per_euro: Mapping[str, Decimal], source_currency: str, target_currency: str) -> Decimal | None:
    """What one unit of the source is worth in the target; None where either has no rate."""
    given, got = _worth(per_euro, source_currency), _worth(per_euro, target_currency)
    return None if given is None or got is None else _CUT.divide(got, given)


def with_margin_taken(reference_rate: Decimal, margin_bp: int) -> Decimal:
    """The rate at which the bank exchanges, of the one that was published; the margin in hundredths of a percent."""
    return _CUT.multiply(reference_rate, _ONE - fraction_of(margin_bp))


def fraction_of(margin_bp: int) -> Decimal:
    """A margin in basis points as a fraction: 50 is 0.0050."""
    return Decimal(margin_bp).scaleb(-4)


def rate_text(rate: Decimal) -> str:
    """A rate as the API writes it: `0.9186`, never with an exponent."""
    return format(rate.normalize(), "f")


def _worth(per_euro: Mapping[str, Decimal], currency: str) -> Decimal | None:
    return _ONE if currency == BASE else per_euro.get(currency)
