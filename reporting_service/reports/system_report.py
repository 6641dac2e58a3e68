"""The report of the whole bank: users, accounts, balances, volumes, growth, liquidity. Read from what is added up."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, case, func, select

from reporting_service.models import accounts, balances, legs, users, volumes
from reporting_service.projections import bank_clock
from shared.amounts import money
from shared.enums import SETTLED_ACCOUNT_STATUSES
from shared.time.business_days import business_day, day_of_number, day_start_us, month_name

MONTHS_SHOWN = 24
FLOW_DAYS = 30
ON_DEMAND = "checking"
_ENTRIES_A_DAY = select(volumes.c.day, func.sum(volumes.c.entries)).group_by(volumes.c.day)


def system_report(connection: Connection) -> dict[str, Any]:
    """What the report says, of everything the projections have seen."""
    held = _customer_balances(connection)
    return {
        "users": _users(connection),
        "accounts": _accounts(connection),
        "balances": _balances(connection, held),
        "volumes": _volumes(connection),
        "growth": _growth(connection),
        "liquidity": _liquidity(connection, held),
    }


def _users(connection: Connection) -> dict[str, Any]:
    query = select(users.c.role, users.c.status, users.c.synthetic, func.count()).group_by(
        users.c.role, users.c.status, users.c.synthetic
    )
    by_role: defaultdict[str, int] = defaultdict(int)
    by_status: defaultdict[str, int] = defaultdict(int)
    synthetic = 0
    for role, status, is_synthetic, count in connection.execute(query):
        by_role[role] += count
        by_status[status] += count
        synthetic += count if is_synthetic else 0
    return {
        "total": sum(by_role.values()),
        "synthetic": synthetic,
        "by_role": dict(sorted(by_role.items())),
        "by_status": dict(sorted(by_status.items())),
    }


def _accounts(connection: Connection) -> list[dict[str, Any]]:
    kind = (accounts.c.account_type, accounts.c.currency)
    held = func.coalesce(func.sum(balances.c.balance_minor), 0)
    query = (
        select(*kind, accounts.c.status, func.count(), held)
        .outerjoin(balances, balances.c.account_id == accounts.c.id)
        .group_by(*kind, accounts.c.status)
        .order_by(*kind)
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    for account_type, currency, status, count, held_minor in connection.execute(query):
        row = found.setdefault(
            (account_type, currency),
            {"account_type": account_type, "currency": currency, "accounts": 0}
            | dict.fromkeys(sorted(SETTLED_ACCOUNT_STATUSES), 0),
        )
        row["accounts"] += count
        row[status] += count
        totals[account_type, currency] += int(held_minor)
    return [{**row, "balance": money.to_text(totals[key], key[1])} for key, row in found.items()]


def _customer_balances(connection: Connection) -> dict[str, dict[str, int]]:
    """What customers hold in minor units: by currency, then by account type."""
    query = (
        select(balances.c.currency, func.coalesce(accounts.c.account_type, ""), func.sum(balances.c.balance_minor))
        .outerjoin(accounts, accounts.c.id == balances.c.account_id)
        .where(balances.c.owner_id.is_not(None))
        .group_by(balances.c.currency, accounts.c.account_type)
        .order_by(balances.c.currency)
    )
    held: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for currency, account_type, held_minor in connection.execute(query):
        held[currency][account_type] = int(held_minor)
    return dict(held)


def _balances(connection: Connection, held: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    own = _bank_balances(connection)
    return [
        {
            "currency": currency,
            "customers": money.to_text(sum(held.get(currency, {}).values()), currency),
            "bank": {name: money.to_text(minor, currency) for name, minor in own.get(currency, {}).items()},
            "sum": money.to_text(sum(held.get(currency, {}).values()) + sum(own.get(currency, {}).values()), currency),
        }
        for currency in sorted({*held, *own})
    ]


def _bank_balances(connection: Connection) -> dict[str, dict[str, int]]:
    """The bank's own accounts in minor units: by currency, then by name (`bank:cash:EUR` is `cash`)."""
    query = select(balances).where(balances.c.owner_id.is_(None)).order_by(balances.c.account_id)
    own: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(query):
        own[row.currency][row.account_id.split(":")[1]] = row.balance_minor
    return dict(own)


def _volumes(connection: Connection) -> dict[str, Any]:
    count, amount = func.sum(volumes.c.entries), func.sum(volumes.c.amount_minor)
    by_type = select(volumes.c.type, volumes.c.currency, count, amount).group_by(volumes.c.type, volumes.c.currency)
    by_day = select(volumes.c.day, volumes.c.currency, count, amount).group_by(volumes.c.day, volumes.c.currency)
    monthly: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for day, currency, entries, amount_minor in connection.execute(by_day):
        month = monthly[_month(day), currency]
        month[0] += int(entries)
        month[1] += int(amount_minor)
    shown = _last_months(month for month, _ in monthly)
    return {
        "by_type": [
            {"type": name, "currency": currency, "count": int(entries), "amount": money.to_text(int(minor), currency)}
            for name, currency, entries, minor in connection.execute(by_type.order_by(volumes.c.type))
        ],
        "by_month": [
            {"month": month, "currency": currency, "count": entries, "amount": money.to_text(minor, currency)}
            for (month, currency), (entries, minor) in sorted(monthly.items())
            if month in shown
        ],
    }


def _growth(connection: Connection) -> list[dict[str, Any]]:
    """New users, new accounts and transactions of each month, all in the bank's own time.

    An account was open by its first movement, and whoever holds it was a customer by then: the people of a simulated
    world come with a history from before they were registered.
    """
    to_bank_time = bank_clock.to_bank_time(connection)
    first_movement = (
        select(func.min(legs.c.effective_at)).where(legs.c.account_id == accounts.c.id).correlate(accounts)
    ).scalar_subquery()
    query = select(accounts.c.user_id, accounts.c.created_at, first_movement.label("moved_at"))
    opened: Counter[str] = Counter()
    holders_since: dict[str, int] = {}
    for user_id, created_at, moved_at in connection.execute(query):
        opened_at = _earlier(to_bank_time(created_at), moved_at)
        opened[_month_of_instant(opened_at)] += 1
        holders_since[user_id] = _earlier(opened_at, holders_since.get(user_id))
    registered = Counter(
        _month_of_instant(_earlier(to_bank_time(registered_at), holders_since.get(user_id)))
        for user_id, registered_at in connection.execute(select(users.c.id, users.c.registered_at))
    )
    moved: Counter[str] = Counter()
    for day, entries_count in connection.execute(_ENTRIES_A_DAY):
        moved[_month(day)] += int(entries_count)
    return [
        {"month": month, "new_users": registered[month], "new_accounts": opened[month], "transactions": moved[month]}
        for month in _last_months([*registered, *opened, *moved])
    ]


def _earlier(instant_us: int, other_us: int | None) -> int:
    return instant_us if other_us is None else min(instant_us, other_us)


def _month(day: int) -> str:
    return month_name(day_of_number(day))


def _month_of_instant(instant_us: int) -> str:
    return month_name(business_day(instant_us))


def _last_months(months: Iterable[str]) -> list[str]:
    return sorted(set(months))[-MONTHS_SHOWN:]


def _liquidity(connection: Connection, held: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """Cash against what customers could ask for, and what went in and out over the newest days of the bank's time."""
    own = _bank_balances(connection)
    last_day = connection.execute(select(func.max(volumes.c.day))).scalar() or 0
    rows = []
    for currency in sorted({*held, *own}):
        deposits_minor = sum(held.get(currency, {}).values())
        cash_minor = -own.get(currency, {}).get("cash", 0)
        inflow_minor, outflow_minor = _cash_flow(connection, currency, since_day=last_day - FLOW_DAYS + 1)
        rows.append(
            {
                "currency": currency,
                "cash": money.to_text(cash_minor, currency),
                "customer_deposits": money.to_text(deposits_minor, currency),
                "on_demand": money.to_text(held.get(currency, {}).get(ON_DEMAND, 0), currency),
                "coverage_percent": _percent(cash_minor, deposits_minor),
                "flow_days": FLOW_DAYS,
                "inflow": money.to_text(inflow_minor, currency),
                "outflow": money.to_text(outflow_minor, currency),
            }
        )
    return rows


def _cash_flow(connection: Connection, currency: str, *, since_day: int) -> tuple[int, int]:
    """What came in as cash and what went out. Cash is an asset, so a deposit stands there negative."""
    amount = legs.c.amount_minor
    query = select(
        func.coalesce(func.sum(case((amount < 0, -amount), else_=0)), 0),
        func.coalesce(func.sum(case((amount > 0, amount), else_=0)), 0),
    ).where(legs.c.account_id == f"bank:cash:{currency}", legs.c.effective_at >= day_start_us(day_of_number(since_day)))
    inflow_minor, outflow_minor = connection.execute(query).one()
    return int(inflow_minor), int(outflow_minor)


def _percent(part_minor: int, whole_minor: int) -> str | None:
    """With two decimals; None of nothing."""
    if whole_minor <= 0:
        return None
    whole, hundredths = divmod(max(part_minor, 0) * 10_000 // whole_minor, 100)
    return f"{whole}.{hundredths:02d}"
