"""What may leave an account at once and in a day, in whole units of any currency. Pure."""

from dataclasses import dataclass

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import LARGEST_DAILY_UNITS, LARGEST_MOVEMENT_UNITS

DEFAULT_MOVEMENT_LIMIT_UNITS = 1_000_000
DEFAULT_DAILY_LIMIT_UNITS = 5_000_000


@dataclass(frozen=True)
class Limits:
    """What may leave an account in one movement and in one day, in whole units of its currency."""

    movement_units: int = DEFAULT_MOVEMENT_LIMIT_UNITS
    daily_units: int = DEFAULT_DAILY_LIMIT_UNITS

    def __post_init__(self) -> None:
        if not 0 < self.movement_units <= self.daily_units:
            message = "limits must be positive, and a day's at least a single movement's"
            raise ValueError(message)
        if self.movement_units > LARGEST_MOVEMENT_UNITS or self.daily_units > LARGEST_DAILY_UNITS:
            message = f"a movement's is at most {LARGEST_MOVEMENT_UNITS:,}, a day's at most {LARGEST_DAILY_UNITS:,}"
            raise ValueError(message)

    def movement_minor(self, currency: str) -> int:
        """The limit of one movement in minor units of the currency."""
        return self.movement_units * scale(currency)

    def daily_minor(self, currency: str) -> int:
        """The limit of a day in minor units of the currency."""
        return self.daily_units * scale(currency)


def scale(currency: str) -> int:
    """Minor units in one whole unit: 100 for EUR, 1 for JPY, 1000 for KWD. Raises KeyError for an unknown currency."""
    digits = MINOR_UNIT_DIGITS[currency]
    return int("1" + "0" * digits)
