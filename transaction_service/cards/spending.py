"""What a card had been used for by a time that an order names, from its single payments. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from shared import clock
from shared.business_days import business_day, day_start_us, month_start_us
from transaction_service.cards.card import Spending

HOUR_US = 3600 * clock.MICROSECONDS


class Use(NamedTuple):
    """A payment that was asked of a card: when, what of it was approved and not given back, and whether its code was
    wrong."""

    at: int
    used_minor: int
    has_wrong_code: bool


def spending_at(uses: Iterable[Use], at_us: int) -> Spending:
    """What these uses come to at an instant of the bank's time; later ones do not count."""
    day = business_day(at_us)
    today, month, hour = day_start_us(day), month_start_us(day), at_us - HOUR_US
    before = [use for use in uses if use.at <= at_us]
    of_today = [use for use in before if use.at >= today]
    return Spending(
        sum(use.used_minor for use in of_today),
        sum(use.used_minor for use in before if use.at >= month),
        sum(use.at > hour for use in before),
        sum(use.has_wrong_code for use in of_today),
    )


def needed_since(first_at_us: int, *, whole_month: bool) -> int:
    """From when on uses are needed for payments from this instant on: a month where amounts count, else an hour."""
    return month_start_us(business_day(first_at_us)) if whole_month else first_at_us - HOUR_US
