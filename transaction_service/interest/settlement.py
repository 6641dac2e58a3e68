"""On the first of each month what accounts earned and owe is posted, and fees are taken, a slice of accounts at a time.

A period is computed from the postings, rounded once and kept. When an entry was backdated into a settled period, that
is computed again, and the difference posted with what is new. So what was posted is always what the periods come to.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from shared.amounts import money
from shared.enums import AccountStatus, Channel
from shared.time.business_days import day_of_number
from transaction_service.due_work.queue import Due
from transaction_service.interest import daily_changes, periods, rate_plans, runs
from transaction_service.interest.accrual import RatePlan, accrue, ended_below_zero, in_force, postable, round_half_even
from transaction_service.interest.daily_changes import Days
from transaction_service.interest.periods import PlannedAccount, SettledPeriod
from transaction_service.interest.runs import Run
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.entry import POSTS_ITS_OWN
from transaction_service.ledger.movement_rules import FEE, INTEREST, INTEREST_CHARGE
from transaction_service.ledger.movements import post
from transaction_service.ledger.orders import COMPLETED, Order

_ACCOUNTS_AT_ONCE = 100
_THE_BANK = Actor(POSTS_ITS_OWN, is_bank=True, channel=Channel.BANK)


class _Charge(NamedTuple):
    """A movement between the bank and an account: its type, a word for its key, what it says, how much."""

    type: str
    word: str
    description: str
    amount_minor: int


@dataclass
class _Settlement:
    """What becomes of one account: its periods, and what it is owed (credit) and owes (debit) that was not posted."""

    account: PlannedAccount
    versions: Sequence[RatePlan]
    is_due: bool = False
    first: int | None = None
    corrected: list[SettledPeriod] = field(default_factory=list)
    credit_minor: int = 0
    debit_minor: int = 0
    fees: list[_Charge] = field(default_factory=list)
    settled: list[SettledPeriod] = field(default_factory=list)

    @property
    def interest(self) -> list[_Charge]:
        """What is to be posted."""
        comes_to = postable(self.credit_minor, self.debit_minor)
        both = (
            _Charge(INTEREST, INTEREST, "Interest", comes_to.paid),
            _Charge(INTEREST_CHARGE, INTEREST, "Interest charged", comes_to.charged),
        )
        return [each for each in both if each.amount_minor]

    def is_posted_by(self, movement_type: str) -> None:
        """Nothing is outstanding any more of what such a movement posts."""
        if movement_type == INTEREST:
            self.credit_minor, self.debit_minor = min(self.credit_minor, 0), max(self.debit_minor, 0)
        else:
            self.credit_minor, self.debit_minor = max(self.credit_minor, 0), min(self.debit_minor, 0)


def settle(now_us: Callable[[], int], connection: Connection, due: Sequence[Due]) -> None:
    """Do the next part of a run; its row goes with the last one. `now_us` is this machine's clock."""
    run = runs.read(connection, due[0].subject_id)
    if runs.scan(connection, run):
        return
    plans = {code: versions for code, versions in rate_plans.load(connection).items() if _concerns(versions, run.day)}
    found = periods.accounts_after(connection, plans, run.settled_to, _ACCOUNTS_AT_ONCE)
    _settle(connection, run, plans, found, now_us())
    if len(found) < _ACCOUNTS_AT_ONCE:
        runs.follow_up(connection, run, due[0].due_at)
    else:
        runs.settled_up_to(connection, run, found[-1].key)


def _concerns(versions: Iterable[RatePlan], day: int) -> bool:
    """Whether anything can be earned, owed or charged on this plan up to a day."""
    return any((plan.accrues or plan.has_fees) and plan.valid_from < day for plan in versions)


def _settle(
    connection: Connection, run: Run, plans: rate_plans.Plans, found: Sequence[PlannedAccount], now_us: int
) -> None:
    """Settle these accounts as the journal is now, and post what comes of it."""
    as_of = journal.state(connection).head_position
    old_periods = periods.to_recompute(connection, [row.key for row in found if row.recompute_from is not None])
    settlements = [
        _begun(run, row, rate_plans.in_currency(plans[row.code], row.currency), old_periods.get(row.key, []))
        for row in found
    ]
    since = {one.account.key: _earliest(run, one) for one in settlements}
    days = daily_changes.read(connection, since, {row.key: row.balance_minor for row in found})
    for settlement in settlements:
        _compute(run, settlement, days[settlement.account.key], as_of)
    _post(connection, run, settlements, as_of, now_us)
    settled = [settled for one in settlements for settled in one.settled]
    periods.store(connection, settled, [_standing(run, one) for one in settlements])


def _begun(run: Run, account: PlannedAccount, versions: Sequence[RatePlan], old: list[SettledPeriod]) -> _Settlement:
    """An account, and whether this is a day on which its plan has interest posted: then what is to be computed."""
    settlement = _Settlement(account, versions)
    last = in_force(versions, run.day - 1)
    if last is None or not last.ends_period_on(run.day):
        return settlement
    settlement.is_due, settlement.corrected = True, old
    first = rate_plans.first_unsettled(versions, account.settled_until or account.accrues_from)
    settlement.first = first if first is not None and first < run.day else None
    return settlement


def _earliest(run: Run, settlement: _Settlement) -> int:
    """The first day whose balance is wanted."""
    firsts = [settled.first_day for settled in settlement.corrected]
    return min([run.month_first, *firsts, *([] if settlement.first is None else [settlement.first])])


def _compute(run: Run, settlement: _Settlement, days: Days, as_of: int) -> None:
    """Compute the new period, those that were settled wrong, and the fees."""
    account, versions = settlement.account, settlement.versions
    settlement.credit_minor, settlement.debit_minor = account.outstanding_credit_minor, account.outstanding_debit_minor
    old = [*settlement.corrected]
    if settlement.first is not None:
        old.append(SettledPeriod(account.key, settlement.first, run.day, 0, 0, as_of))
    for before in old:
        opening_minor, changes = days.since(before.first_day)
        accrued = accrue(versions, opening_minor, changes, before.first_day, before.until_day)
        credit_minor, debit_minor = round_half_even(accrued.credit), round_half_even(accrued.debit)
        settlement.credit_minor += credit_minor - before.credit_minor
        settlement.debit_minor += debit_minor - before.debit_minor
        settlement.settled.append(before._replace(credit_minor=credit_minor, debit_minor=debit_minor, as_of=as_of))
    settlement.fees = list(_fees(run, settlement, days))


def _fees(run: Run, settlement: _Settlement, days: Days) -> Iterable[_Charge]:
    """What the plan takes for the month."""
    plan = in_force(settlement.versions, run.day - 1)
    first = max(run.month_first, settlement.account.accrues_from)
    if plan is None or first >= run.day:
        return
    if plan.monthly_fee_minor:
        yield _Charge(FEE, "monthly_fee", "Account fee", plan.monthly_fee_minor)
    if plan.overdraft_fee_minor and ended_below_zero(*days.since(first), first, run.day):
        yield _Charge(FEE, "overdraft_fee", "Overdraft fee", plan.overdraft_fee_minor)


def _post(connection: Connection, run: Run, settlements: Sequence[_Settlement], as_of: int, now_us: int) -> None:
    """Post what is to be posted. On an account that is frozen nothing is: its interest stays outstanding."""
    of_interest: list[tuple[_Settlement, Order]] = []
    fees: list[Order] = []
    for one in settlements:
        if one.account.status == AccountStatus.OPEN:
            of_interest += [(one, _order(run, one.account, each)) for each in one.interest]
            fees += [_order(run, one.account, fee) for fee in one.fees]
    outcomes = post(connection, [*(order for _, order in of_interest), *fees], now_us=now_us)
    position, entries = as_of, []
    for (one, order), outcome in zip(of_interest, outcomes, strict=False):  # fees follow
        position += outcome.status == COMPLETED
        if outcome.succeeded:
            entries.append((position, one.account.key))
            one.is_posted_by(order.type)
    periods.link(connection, entries)


def _order(run: Run, account: PlannedAccount, charge: _Charge) -> Order:
    """A movement of the bank's own, whose key says for which account and until when."""
    return Order(
        actor=_THE_BANK,
        type=charge.type,
        amount=money.to_text(charge.amount_minor, account.currency),
        request_id=run.id,
        account_id=account.id,
        description=charge.description,
        idempotency_key=f"{charge.word}:{account.id}:{day_of_number(run.day)}",
    )


def _standing(run: Run, one: _Settlement) -> periods.InterestPosition:
    """How far the account is settled now, and what is outstanding."""
    return periods.InterestPosition(
        settled_until=one.account.settled_until if one.first is None else run.day,
        recompute_from=None if one.is_due else one.account.recompute_from,
        outstanding_credit_minor=one.credit_minor,
        outstanding_debit_minor=one.debit_minor,
        account_key=one.account.key,
    )
