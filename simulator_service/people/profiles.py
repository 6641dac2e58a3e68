"""How people spend: the three profiles of the base model and the shape of a week.

Hourly purchase probabilities and amounts (FRUGAL .01, AVERAGE .05, SPENDER .15; means 15, 45, 120; standard deviations
5, 20, 80) are fixed by the design; with the 30/55/15 mix they give 38.7 purchases a month of 730.5 hours. The weekly
shape follows published hour-of-day shares: lunch and afternoon carry about two thirds, the night is nearly silent.
"""

from dataclasses import dataclass

HOURS_PER_WEEK = 168
MONTHLY_HOURS_TIMES_TEN = 7305
EPOCH_HOUR_OF_WEEK = 72
"""Hours are counted from the epoch, which began on a Thursday; `weekly_shape` begins on Monday."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of spending. `amount_mean` and `amount_std` are in whole units of the bank's currency."""

    name: str
    share_percent: int
    purchases_per_million_hours: int
    amount_mean: int
    amount_std: int
    rent_mean: int
    bills_percent: int

    @property
    def amount_spread_millionths(self) -> int:
        """Standard deviation of a purchase relative to its mean."""
        return self.amount_std * 1_000_000 // self.amount_mean


FRUGAL = Profile("FRUGAL", 30, 10_000, 15, 5, 620, 70)
AVERAGE = Profile("AVERAGE", 55, 50_000, 45, 20, 950, 100)
SPENDER = Profile("SPENDER", 15, 150_000, 120, 80, 2300, 200)
PROFILES = (FRUGAL, AVERAGE, SPENDER)

# Relative activity of each hour from midnight, UTC, in any unit: only the shape counts.
_WORKDAY = (6, 4, 2, 1, 1, 3, 12, 38, 62, 58, 66, 98, 138, 126, 104, 102, 112, 116, 88, 62, 42, 28, 18, 10)
_SATURDAY = (14, 9, 5, 2, 1, 2, 8, 26, 60, 104, 146, 172, 178, 170, 164, 156, 142, 118, 88, 68, 54, 42, 32, 22)
_SUNDAY = (14, 9, 5, 2, 1, 2, 6, 16, 36, 58, 78, 98, 116, 112, 102, 96, 88, 76, 62, 48, 34, 22, 14, 8)


def weekly_shape() -> tuple[float, ...]:
    """168 factors from Monday 00:00 that average exactly 1 up to rounding of the division: odds, never money."""
    week = _WORKDAY * 5 + _SATURDAY + _SUNDAY
    total = sum(week)
    return tuple(weight * HOURS_PER_WEEK / total for weight in week)


def profile_at(position_percent: int) -> int:
    """Index of the profile that owns a position 0..99 in the mix."""
    for index, profile in enumerate(PROFILES):
        position_percent -= profile.share_percent
        if position_percent < 0:
            return index
    message = "a position in the mix is below 100"
    raise ValueError(message)
