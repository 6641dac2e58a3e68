"""What a card had been used for by a time that an order names, from its single payments. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from shared.time import clock
from shared.time.business_days import business_day, day_start_us, month_start_us
from transaction_service.cards.card import Spending
from transaction_service.cards.merchant_categories import LONGEST_HOLD_US

HOUR_US = 3600 * clock.MICROSECONDS


class Use(NamedTuple):
    """A payment that was asked of a card: when, what of it was approved and not given back, and whether its code was
    wrong. What was added to one later is a use of that time; `is_attempt`: nobody asked for a payment then.
    """

    at: int
    used_minor: int
    has_wrong_code: bool = False
    is_attempt: bool = True


def in_parts(first: Use, added: Iterable[tuple[int, int]]) -> list[Use]:
    """A payment to which these amounts were added at these times: what is left of it was added last, as far as it goes.

    As sums over authorizations count it (`card_rows.spending`): what was given back counts for nothing any more.
    """
    parts, left = [], first.used_minor
    for at, minor in sorted(added, reverse=True):
        parts.append(Use(at, min(minor, left), is_attempt=False))
        left -= parts[-1].used_minor
    return [first._replace(used_minor=left), *parts]


def spending_at(uses: Iterable[Use], at_us: int) -> Spending:
    """What these uses come to at an instant of the bank's time; later ones do not count."""
    day = business_day(at_us)
    today, month, hour = day_start_us(day), month_start_us(day), at_us - HOUR_US
    before = [use for use in uses if use.at <= at_us]
    of_today = [use for use in before if use.at >= today]
    return Spending(
        sum(use.used_minor for use in of_today),
        sum(use.used_minor for use in before if use.at >= month),
        sum(use.is_attempt and use.at > hour for use in before),
        sum(use.has_wrong_code for use in of_today),
    )


def spending_now(use: Use) -> Spending:
    """What a use of this moment comes to at this moment."""
    return Spending(use.used_minor, use.used_minor, int(use.is_attempt), int(use.has_wrong_code))


def needed_since(first_at_us: int, *, whole_month: bool) -> int:
    """From when on payments are needed to count those from this instant on: an hour, and where amounts count a month.

    Within that month something may have been added to an older one, while it was held.
    """
    return month_start_us(business_day(first_at_us)) - LONGEST_HOLD_US if whole_month else first_at_us - HOUR_US
