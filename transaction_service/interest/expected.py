"""What interest will come to when it is next posted, if nothing moves until then: for the lists of what is to come.

It is computed as it will be settled, with what was backdated into the last settled period since, from so many of the
newest postings of an account at most: a list costs the same however much moved there. Where that is not all of them,
the days before are taken to have ended with what was there before the first of those, and settled ones to be right.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from shared.enums import AccountStatus, AccountType, Direction
from shared.identifiers import derived_id
from shared.time.business_days import day_number, day_of_number, day_start_us, month_end_us
from transaction_service.interest import daily_changes, periods, rate_plans
from transaction_service.interest.accrual import RatePlan, accrue, in_force, postable, round_half_even
from transaction_service.interest.daily_changes import Recent
from transaction_service.interest.periods import PlannedAccount, SettledPeriod
from transaction_service.models import accounts

_MOST_MONTHS = 12
"""No plan posts interest less often."""


class ExpectedInterest(NamedTuple):
    """What an account is posted at an instant of the bank's time, which way; in minor units.

    `id` is that of this posting alone: what is posted a period later, or the other way, has another.
    """

    id: str
    account_id: str
    currency: str
    due_at: int
    amount_minor: int
    direction: Direction


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
    settled = periods.last_settled(connection, [each.key for each in found])
    today = day_number(bank_time)
    expected: list[ExpectedInterest] = []
    for each in found:
        versions = rate_plans.in_currency(plans.get(each.code, ()), each.currency)
        until = _posted_on(versions, today)
        if until is not None:
            comes_to = _credit_and_debit(connection, each, versions, settled.get(each.key, []), until)
            expected += _postings(each, until, *comes_to)
    return expected


def _postings(account: PlannedAccount, until: int, credit_minor: int, debit_minor: int) -> Iterator[ExpectedInterest]:
    """What is paid and what is charged, each where it is anything."""
    comes_to = postable(credit_minor, debit_minor)
    due_at = day_start_us(day_of_number(until))
    for direction, minor in ((Direction.IN, comes_to.paid), (Direction.OUT, comes_to.charged)):
        if minor:
            posting_id = derived_id(account.id, f"interest:{until}:{direction.value}")
            yield ExpectedInterest(posting_id, account.id, account.currency, due_at, minor, direction)


def _credit_and_debit(
    connection: Connection,
    account: PlannedAccount,
    versions: Sequence[RatePlan],
    settled: Sequence[SettledPeriod],
    until: int,
) -> tuple[int, int]:
    """What will have been earned and be owed by then that was not posted, in minor units."""
    credit_minor, debit_minor = account.outstanding_credit_minor, account.outstanding_debit_minor
    first = rate_plans.first_unsettled(versions, account.settled_until or account.accrues_from)
    since = [*(each.first_day for each in settled), *([] if first is None else [first])]
    if not since:
        return credit_minor, debit_minor
    recent = daily_changes.read_newest(
        connection, account.key, min(since), account.balance_minor, most=daily_changes.MOST_POSTINGS
    )
    to_compute = _settled_wrong(account, settled, recent)
    if first is not None and first < until:
        to_compute.append(SettledPeriod(account.key, first, until, 0, 0, 0))
    for period in to_compute:
        days = recent.days.since(period.first_day)
        accrued = accrue(versions, *days, period.first_day, period.until_day)
        credit_minor += round_half_even(accrued.credit) - period.credit_minor
        debit_minor += round_half_even(accrued.debit) - period.debit_minor
    return credit_minor, debit_minor


def _settled_wrong(account: PlannedAccount, settled: Sequence[SettledPeriod], recent: Recent) -> list[SettledPeriod]:
    """The settled periods that were backdated into: those that are known, and those that the next run will find."""
    if not recent.is_whole or not settled:
        return []
    last = settled[-1]
    late = [day for day, position in recent.postings if position > last.as_of and day < last.until_day]
    known = [] if account.recompute_from is None else [account.recompute_from]
    if not late and not known:
        return []
    return [period for period in settled if period.until_day > min([*late, *known])]


def _posted_on(versions: Sequence[RatePlan], today: int) -> int | None:
    """The next first of a month on which interest is posted by the plan that is in force then; None without a plan."""
    day = today
    for _ in range(_MOST_MONTHS):
        day = day_number(month_end_us(day_of_number(day)))
        plan = in_force(versions, day - 1)
        if plan is not None and plan.ends_period_on(day):
            return day
    return None
