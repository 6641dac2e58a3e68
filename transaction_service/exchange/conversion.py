"""How much of one currency is given for how much of another: whole minor units and exact rates. Pure.

A rate is what one unit of the source buys, with ten significant digits, cut and never rounded up. `rate` has the bank's
margin taken off, `reference_rate` has not. Amounts are rounded half to even at `rate`, but nobody is given more than
the reference rate makes of what they give: a yen is worth less than a cent, and must not become one. So what goes
there and back is never more than it was, whatever its amount, and the bank's positions lose nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import rate_between, with_margin_taken

BASIS_POINTS = 10_000
"""Of which the margin is so many: hundredths of a percent."""


class DayRates(NamedTuple):
    """What one euro was worth on a day (days since the epoch), and the bank's margin on it in hundredths of a percent.

    `source` says who published the rates.
    """

    day: int
    source: str
    margin_bp: int
    per_euro: Mapping[str, Decimal]

    def terms(self, source_currency: str, target_currency: str, *, fee_bp: int = 0) -> "Terms | None":
        """On which terms the bank exchanges the one for the other; None where it has no rate of one of them.

        `fee_bp`, what the product of the account that pays asks for it, is kept together with the margin.
        """
        reference = rate_between(self.per_euro, source_currency, target_currency)
        if reference is None:
            return None
        margin_bp = min(self.margin_bp + fee_bp, BASIS_POINTS - 1)
        rate = with_margin_taken(reference, margin_bp)
        return Terms(source_currency, target_currency, rate, reference, margin_bp, self.day)


class Terms(NamedTuple):
    """On which the bank takes the source currency and gives the target; `day` is that of the rates."""

    source_currency: str
    target_currency: str
    rate: Decimal
    reference_rate: Decimal
    margin_bp: int
    day: int

    def target_minor(self, source_minor: int) -> int:
        """What is given for this much of the source; 0 where that is less than the smallest unit."""
        given = source_minor * self._scale
        return min(round(given * Fraction(self.rate)), floor(given * Fraction(self.reference_rate)))

    def source_minor(self, target_minor: int) -> int:
        """What is taken for this much of the target."""
        got = Fraction(target_minor, self._scale)
        return max(round(Fraction(got, Fraction(self.rate))), ceil(Fraction(got, Fraction(self.reference_rate))))

    def affordable_minor(self, source_minor: int) -> int:
        """The most of the target for which no more than this much of the source is taken."""
        most = max(self.target_minor(source_minor), 0)
        while most > 0 and self.source_minor(most) > source_minor:
            most -= 1
        return most

    @property
    def _scale(self) -> Fraction:
        """Minor units of the target in one of the source, were both currencies worth the same."""
        return Fraction(10) ** (MINOR_UNIT_DIGITS[self.target_currency] - MINOR_UNIT_DIGITS[self.source_currency])


def share_of(total_minor: int, part: int, whole: int) -> int:
    """The part of a total that goes with a part of another amount, half to even; all of it with all of that."""
    return round(Fraction(total_minor * part, whole))
