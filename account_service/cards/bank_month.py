"""The bank's calendar, by which cards are issued and expire."""

from datetime import date

from account_service.context import AccountContext
from shared.refusals import UNAVAILABLE, Refused
from shared.time import clock
from shared.time.business_days import business_day, month_name


def today(context: AccountContext) -> date:
    """The bank's day. Raises Refused (503) while the ledger, which alone knows it, is away."""
    now = context.bank_clock.now_us()
    if now is None:
        raise Refused(UNAVAILABLE)
    return business_day(now)


def this_month(context: AccountContext) -> str:
    """The bank's month for showing cards: the real one while the ledger is away, which is never ahead of the bank's."""
    now = context.bank_clock.now_us()
    return month_name(business_day(clock.now_us() if now is None else now))
