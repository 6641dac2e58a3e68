"""At which rates accounts earn and owe today, and what has come of it since what was last settled, until yesterday.

That is told wherever an account is shown, so it is computed of so many of the newest postings of an account at most.
Where that is not all since then, the days before are taken to have ended with what was there before the first of those.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection

from shared.amounts import money
from shared.amounts.rates import rate_text
from shared.time.business_days import day_number
from transaction_service.interest import daily_changes, periods, rate_plans
from transaction_service.interest.accrual import UNITS_IN_A_MINOR_UNIT, RatePlan, accrue, in_force
from transaction_service.interest.periods import PlannedAccount


class AccruedInterest(NamedTuple):
    """Rates in millionths a year; what has accrued in whole minor units, rounded down."""

    credit_rate: int = 0
    debit_rate: int = 0
    credit_minor: int = 0
    debit_minor: int = 0


def of_accounts(connection: Connection, account_keys: Iterable[int], *, bank_time: int) -> dict[int, AccruedInterest]:
    """How accounts on plans stand, by their keys; one that is on none is absent."""
    found = periods.planned(connection, list(account_keys))
    plans = rate_plans.load(connection, {account.code for account in found}) if found else {}
    today = day_number(bank_time)
    versions = {account.key: rate_plans.in_currency(plans.get(account.code, ()), account.currency) for account in found}
    firsts = {account.key: first for account in found if (first := _first(account, versions[account.key])) is not None}
    running = {key: first for key, first in firsts.items() if first < today}
    standings = {}
    for account in found:
        of_account, plan = versions[account.key], in_force(versions[account.key], today)
        credit_minor, debit_minor = max(account.outstanding_credit_minor, 0), max(account.outstanding_debit_minor, 0)
        if account.key in running:
            first = running[account.key]
            recent = daily_changes.read_newest(
                connection, account.key, first, account.balance_minor, most=daily_changes.MOST_POSTINGS
            )
            accrued = accrue(of_account, *recent.days, first, today)
            credit_minor += accrued.credit // UNITS_IN_A_MINOR_UNIT
            debit_minor += accrued.debit // UNITS_IN_A_MINOR_UNIT
        rates = (0, 0) if plan is None else (plan.credit_rate, plan.debit_rate)
        standings[account.key] = AccruedInterest(*rates, credit_minor, debit_minor)
    return standings


def render(standing: AccruedInterest | None, currency: str, floor_minor: int) -> dict[str, Any]:
    """As services see it: rates in per cent, amounts as decimal strings; `None` for an account on no plan."""
    shown = standing or AccruedInterest()
    return {
        "credit_rate": rate_text(shown.credit_rate),
        "debit_rate": rate_text(shown.debit_rate),
        "overdraft_limit": money.to_text(-floor_minor, currency),
        "accrued_interest": money.to_text(shown.credit_minor, currency),
        "accrued_overdraft_interest": money.to_text(shown.debit_minor, currency),
    }


def _first(account: PlannedAccount, versions: Iterable[RatePlan]) -> int | None:
    return rate_plans.first_unsettled(versions, account.settled_until or account.accrues_from)
