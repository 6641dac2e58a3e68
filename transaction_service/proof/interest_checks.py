"""Interest: every settled period computed again from the postings that were there, and what was posted against it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sqlalchemy import Connection, bindparam, case, func, select

from shared.storage.database import Database
from shared.storage.statements import Statement
from shared.time.business_days import day_number
from transaction_service.interest import rate_plans, runs
from transaction_service.interest.accrual import RatePlan, accrue, round_half_even
from transaction_service.interest.periods import PlannedAccount, SettledPeriod, planned
from transaction_service.ledger.movement_rules import INTEREST
from transaction_service.models import due_work, entries, interest_entries, interest_periods, interest_runs, postings
from transaction_service.proof.finding import Finding

PAGE = 200
PERIODS = "interest is what the balances of its days come to"
POSTED = "interest was posted as it was settled"
_Day = tuple[int, int, int]
"""The position of a posting, its day, and the amount."""


def findings(database: Database) -> list[Finding]:
    """Every account whose interest is not what its postings come to; empty when all is well."""
    found: list[Finding] = []
    after = 0
    while True:
        with database.read() as connection:
            query = select(interest_periods.c.account_key).where(interest_periods.c.account_key > after).distinct()
            keys = connection.execute(query.order_by(interest_periods.c.account_key).limit(PAGE)).scalars().all()
            if not keys:
                return found + _runs_without_work(connection)
            found += _of_accounts(connection, keys)
        after = keys[-1]


def _of_accounts(connection: Connection, keys: Iterable[int]) -> Iterator[Finding]:
    accounts = {account.key: account for account in planned(connection, list(keys))}
    plans = rate_plans.load(connection)
    posted = _posted(connection, accounts)
    columns = (interest_periods.c[name] for name in SettledPeriod._fields)
    query = select(*columns).where(interest_periods.c.account_key.in_(accounts))
    rows = [SettledPeriod(*row) for row in connection.execute(query.order_by(interest_periods.c.account_key))]
    days, versions_of = _days(connection, list(accounts)), dict[tuple[str, str], tuple[RatePlan, ...]]()
    for key, periods in groupby(rows, key=lambda row: row.account_key):
        account, of_account = accounts[key], list(periods)
        plan = (account.code, account.currency)
        if plan not in versions_of:
            versions_of[plan] = rate_plans.in_currency(plans.get(account.code, ()), account.currency)
        versions = versions_of[plan]
        for period in of_account:
            opening_minor, changes = _as_of(days[key], period)
            accrued = accrue(versions, opening_minor, changes, period.first_day, period.until_day)
            now, kept = _signed(round_half_even(accrued.credit), round_half_even(accrued.debit)), _of(period)
            if now != kept:
                detail = f"from day {period.first_day}: kept as {kept}, postings come to {now} minor units"
                yield Finding(PERIODS, account.id, detail)
        yield from _unlike_its_entries(account, of_account, posted.get(key, 0))


def _unlike_its_entries(account: PlannedAccount, periods: list[SettledPeriod], posted_minor: int) -> Iterator[Finding]:
    outstanding_minor = account.outstanding_credit_minor - account.outstanding_debit_minor
    settled_minor = sum(period.credit_minor - period.debit_minor for period in periods)
    if posted_minor + outstanding_minor != settled_minor:
        detail = f"settled {settled_minor}, posted {posted_minor}, outstanding {outstanding_minor} minor units"
        yield Finding(POSTED, account.id, detail)
    if account.settled_until != max(period.until_day for period in periods):
        yield Finding(POSTED, account.id, f"settled until day {account.settled_until}, not as its periods are")


_DAYS = Statement(
    select(*postings.c["account_key", "position", "effective_at", "amount_minor"]).where(
        postings.c.account_key.in_(bindparam("keys", expanding=True))
    ),
    "keys",
)


def _days(connection: Connection, account_keys: Sequence[int]) -> dict[int, list[_Day]]:
    """What each of the accounts, which are few, was ever moved by."""
    found: dict[int, list[_Day]] = {key: [] for key in account_keys}
    for key, position, effective_at, amount_minor in _DAYS.rows_of(connection, account_keys):
        found[key].append((position, day_number(effective_at), amount_minor))
    return found


def _as_of(days: list[_Day], period: SettledPeriod) -> tuple[int, dict[int, int]]:
    """The balance as the period began and by how much its days changed it, by what was posted when it was settled."""
    opening_minor = 0
    changes: defaultdict[int, int] = defaultdict(int)
    for position, day, amount_minor in days:
        if position <= period.as_of and day < period.first_day:
            opening_minor += amount_minor
        elif position <= period.as_of and day < period.until_day:
            changes[day] += amount_minor
    return opening_minor, changes


def _posted(connection: Connection, account_keys: Iterable[int]) -> dict[int, int]:
    """What entries posted of interest, by account: what was paid less what was charged."""
    signed = case((entries.c.type == INTEREST, entries.c.amount_minor), else_=-entries.c.amount_minor)
    query = (
        select(interest_entries.c.account_key, func.sum(signed))
        .join(entries, entries.c.position == interest_entries.c.position)
        .where(interest_entries.c.account_key.in_(list(account_keys)))
        .group_by(interest_entries.c.account_key)
    )
    return {account_key: int(total) for account_key, total in connection.execute(query)}


def _signed(credit_minor: int, debit_minor: int) -> str:
    return f"+{credit_minor} -{debit_minor}"


def _of(period: SettledPeriod) -> str:
    return _signed(period.credit_minor, period.debit_minor)


def _runs_without_work(connection: Connection) -> list[Finding]:
    query = (
        select(interest_runs.c.id)
        .outerjoin(due_work, (due_work.c.subject_id == interest_runs.c.id) & (due_work.c.kind == runs.INTEREST))
        .where(due_work.c.key.is_(None))
    )
    return [Finding(POSTED, run_id, "a run that nothing will carry out") for run_id in connection.scalars(query)]
