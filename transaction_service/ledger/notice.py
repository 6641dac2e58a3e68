"""Notice: how long beforehand somebody says what is to leave an account whose product asks for it. Pure."""

from datetime import timedelta
from typing import Any

from shared.time.business_days import business_day, number_of_day


def first_day_with_notice(notice_days: int, said_at_us: int) -> int:
    """The first day on which what is said at an instant may leave the account."""
    return number_of_day(business_day(said_at_us)) + notice_days


def notice_details(notice_days: int, said_at_us: int) -> dict[str, Any]:
    """The figures of NOTICE_REQUIRED: how long, and for which day at the earliest it can be arranged at an instant."""
    earliest_on = business_day(said_at_us) + timedelta(days=notice_days)
    return {"notice_days": notice_days, "earliest_on": earliest_on.isoformat()}
