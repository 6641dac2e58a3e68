"""Merchant category codes (ISO 18245): what a card payment is for, and what that allows. Pure."""

from functools import cache

from shared.time import clock

_DAY_US = 86_400 * clock.MICROSECONDS
LONGEST_HOLD_US = 31 * _DAY_US
"""For how long an authorization lasts at most."""
_AIRLINES = (range(3000, 3300), range(4511, 4512))
_CAR_RENTAL = (range(3351, 3442), range(7512, 7513))
_HOTELS = (range(3501, 4000), range(7011, 7012))
_TRAVEL = (*_AIRLINES, *_CAR_RENTAL, *_HOTELS)
RESTAURANTS = frozenset({"5812", "5813", "5814"})
"""Where people leave tips: a capture may be a fifth above what was authorized."""
FUEL = frozenset({"5541", "5542"})
"""Where nobody knows how much it will be: a capture may go up to the limit of a pump."""
CATEGORIES = (
    ("groceries", (range(5411, 5412), range(5422, 5500))),
    ("restaurants", (range(5811, 5815),)),
    ("transport", (range(4011, 4132), range(4784, 4785), range(5541, 5543), range(7523, 7524))),
    ("travel", (*_TRAVEL, range(4411, 4412), range(4722, 4723))),
    ("health", (range(5912, 5913), range(8011, 8100))),
    ("clothing", (range(5611, 5700),)),
    ("home", (range(5200, 5272), range(5712, 5723))),
    ("entertainment", (range(5815, 5819), range(7832, 7999))),
    ("utilities", (range(4812, 4817), range(4899, 4901))),
    ("cash", (range(6010, 6012),)),
)
OTHERS = "shopping"


@cache
def category_of(code: str) -> str:
    """What a payment at such a merchant is filed under: `groceries`, `travel`, ..., else `shopping`."""
    number = int(code)
    return next((name for name, ranges in CATEGORIES if any(number in each for each in ranges)), OTHERS)


@cache
def holds_for_us(code: str, *, is_present: bool) -> int:
    """How long an authorization lasts: 31 days where people travel, else 5 with the card present, 10 without."""
    if any(int(code) in each for each in _TRAVEL):
        return LONGEST_HOLD_US
    return (5 if is_present else 10) * _DAY_US
