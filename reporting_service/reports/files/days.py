"""The bank's day of an instant in a stored report."""

from datetime import date, datetime

from shared.time import clock
from shared.time.business_days import business_day


def day_of(instant: str) -> date:
    """The day in the bank's zone, not in UTC: half an hour past midnight in Berlin is another day there."""
    return business_day(clock.from_datetime(datetime.fromisoformat(instant)))
