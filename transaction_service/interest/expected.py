"""What interest will come to when it is next posted, if nothing moves until then: for the lists of what is to come."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from shared.business_days import day_number, day_of_number, day_start_us, month_end_us
from shared.enums import AccountStatus, AccountType
from transaction_service.interest import daily_changes, periods, rate_plans
from transaction_service.interest.accrual import RatePlan, accrue, in_force, round_half_even
from transaction_service.interest.periods import PlannedAccount
from transaction_service.models import accounts

_MOST_MONTHS = 12
"""No plan posts interest less often."""


class ExpectedInterest(NamedTuple):
    """What an account is posted at an instant of the bank's time; below zero it is charged. In minor units."""

    account_id: str
    currency: str
    due_at: int
    amount_minor: int


def of_owner(
    connection: Connection, owner_id: str, *, account_id: str | None, bank_time: int
) -> list[ExpectedInterest]:
    """On each of this person's open accounts, or on one, where it comes to anything.

    What a credit card's holder owes is charged with its statements, and stands there.
    """
    wanted = select(accounts.c.key).where(
        accounts.c.owner_id == owner_id,
        accounts.c.status == AccountStatus.OPEN.value,
        accounts.c.account_type != AccountType.CREDIT.value,
    )
    if account_id is not None:
        wanted = wanted.where(accounts.c.id == account_id)
    found = periods.planned(connection, list(connection.execute(wanted).scalars()))
    plans = rate_plans.load(connection, {each.code for each in found}) if found else {}
    versions = {each.key: rate_plans.in_currency(plans.get(each.code, ()), each.currency) for each in found}
    firsts = {each.key: _first_day(each, versions[each.key]) for each in found}
    running = {key: first for key, first in firsts.items() if first is not None}
    days = daily_changes.read(connection, running, {each.key: each.balance_minor for each in found})
    today = day_number(bank_time)
    expected = [_expected(each, versions[each.key], running.get(each.key), days, today) for each in found]
    return [each for each in expected if each is not None and each.amount_minor]


def _first_day(account: PlannedAccount, versions: Sequence[RatePlan]) -> int | None:
    return rate_plans.first_unsettled(versions, account.settled_until or account.accrues_from)


def _expected(
    account: PlannedAccount,
    versions: Sequence[RatePlan],
    first: int | None,
    days: Mapping[int, daily_changes.Days],
    today: int,
) -> ExpectedInterest | None:
    until = _posted_on(versions, today)
    if until is None:
        return None
    minor = account.outstanding_credit_minor - account.outstanding_debit_minor
    if first is not None and first < until:
        accrued = accrue(versions, *days[account.key], first, until)
        minor += round_half_even(accrued.credit) - round_half_even(accrued.debit)
    return ExpectedInterest(account.id, account.currency, day_start_us(day_of_number(until)), minor)


def _posted_on(versions: Sequence[RatePlan], today: int) -> int | None:
    """The next first of a month on which interest is posted by the plan that is in force then; None without a plan."""
    day = today
    for _ in range(_MOST_MONTHS):
        day = day_number(month_end_us(day_of_number(day)))
        plan = in_force(versions, day - 1)
        if plan is not None and plan.ends_period_on(day):
            return day
    return None
