"""The SQL of rate plans: their versions, and which accounts are on which.

Everything here runs inside a transaction that the caller opened.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

from shared.enums import DayCount, DueWorkKind, InterestPeriod
from shared.identifiers import new_id
from shared.refusals import Refused
from shared.time.business_days import day_number, day_of_number, day_start_us
from transaction_service.due_work import queue
from transaction_service.interest.accrual import RatePlan, in_force
from transaction_service.models import account_plans, accounts, credit_lines, rate_plans
from transaction_service.refusals import PLAN_CONFLICT

OVERDRAFT_LIMIT: str = DueWorkKind.OVERDRAFT_LIMIT.value
Plans = Mapping[str, tuple[RatePlan, ...]]
"""Versions by the code of their plan."""

_FIELDS = tuple(RatePlan.__dataclass_fields__)
_SAME_IN_EVERY_WAY = tuple(name for name in _FIELDS if name not in ("id", "valid_from"))


def store(connection: Connection, wanted: RatePlan, *, bank_time: int) -> RatePlan:
    """Keep a version of a plan; as it is kept. Safe to repeat.

    Only the first version of a plan may apply to days that have begun: any other applies from today at the earliest,
    so that what was settled stays true. Raises Refused (409) when the version exists with other terms.
    """
    versions = load(connection, [wanted.code]).get(wanted.code, ())
    for known in versions:
        if known.version == wanted.version:
            if any(getattr(known, name) != getattr(wanted, name) for name in _SAME_IN_EVERY_WAY):
                raise Refused(PLAN_CONFLICT)
            return known
    valid_from = max(wanted.valid_from, day_number(bank_time)) if versions else wanted.valid_from
    row = {name: getattr(wanted, name) for name in _FIELDS}
    row |= {"id": new_id(), "valid_from": valid_from, "tiers": json.dumps(wanted.tiers), "limit_applied_to": 0}
    connection.execute(insert(rate_plans), [row])
    begins = max(day_start_us(day_of_number(valid_from)), bank_time)
    queue.schedule(connection, OVERDRAFT_LIMIT, [(row["id"], begins)])
    return next(plan for plan in load(connection, [wanted.code])[wanted.code] if plan.version == wanted.version)


def load(connection: Connection, codes: Iterable[str] | None = None) -> Plans:
    """Every version of these plans, or of all, oldest first."""
    query = select(*(rate_plans.c[name] for name in _FIELDS)).order_by(rate_plans.c.code, rate_plans.c.version)
    if codes is not None:
        query = query.where(rate_plans.c.code.in_(sorted(codes)))
    found: defaultdict[str, tuple[RatePlan, ...]] = defaultdict(tuple)
    for row in connection.execute(query):
        found[row.code] += (_plan(row._asdict()),)
    return dict(found)


def in_currency(versions: Iterable[RatePlan], currency: str) -> tuple[RatePlan, ...]:
    """The versions as they are for accounts in a currency."""
    return tuple(plan.in_currency(currency) for plan in versions)


def put_accounts_on(connection: Connection, codes: Mapping[int, str], *, bank_time: int) -> None:
    """Have accounts, by their keys, earn and pay by plans from today on. One that is on a plan stays there."""
    if not codes:
        return
    known = select(account_plans.c.account_key).where(account_plans.c.account_key.in_(codes))
    on_one = set(connection.execute(known).scalars())
    today = day_number(bank_time)
    rows = [
        {"account_key": key, "code": code, "accrues_from": today} for key, code in codes.items() if key not in on_one
    ]
    if rows:
        connection.execute(insert(account_plans), rows)


def first_unsettled(versions: Iterable[RatePlan], unsettled_from: int) -> int | None:
    """The first day that is not settled and on which something can accrue; None where nothing ever does."""
    accruing = [plan.valid_from for plan in versions if plan.accrues]
    return max(unsettled_from, min(accruing)) if accruing else None


class Bounds(NamedTuple):
    """What a plan says of money that leaves an account: how far below zero it may go, and how many days of notice."""

    floor_minor: int
    notice_days: int


def bounds(connection: Connection, currencies: Mapping[int, str], *, bank_time: int) -> dict[int, Bounds]:
    """What plans say of accounts, by their keys, in their currencies; those on no plan are absent."""
    day = day_number(bank_time)
    found = of_accounts(connection, currencies)
    return {key: bounds_by(versions, currencies[key], day) for key, versions in found.items()}


def bounds_by(versions: Iterable[RatePlan], currency: str, day: int) -> Bounds:
    """The same of an account in this currency on a day: its floor is minus the overdraft that the plan grants."""
    plan = in_force(versions, day)
    return Bounds(0, 0) if plan is None else Bounds(-plan.in_currency(currency).overdraft_limit_minor, plan.notice_days)


def of_accounts(connection: Connection, account_keys: Iterable[int]) -> dict[int, tuple[RatePlan, ...]]:
    """The versions of the plans that accounts are on, by their keys; those on no plan are absent."""
    keys = list(account_keys)
    if not keys:
        return {}
    of_account = select(account_plans.c.account_key, account_plans.c.code)
    found = connection.execute(of_account.where(account_plans.c.account_key.in_(keys))).all()
    plans = load(connection, {row.code for row in found}) if found else {}
    return {row.account_key: plans.get(row.code, ()) for row in found}


def with_fees_of(connection: Connection, account_keys: Iterable[int]) -> dict[int, tuple[RatePlan, ...]]:
    """The versions of the plans whose fees accounts pay, by their keys; those that pay none are absent.

    The account of a credit card is on no plan, as it earns nothing by one: what it costs says its credit line.
    """
    keys = list(account_keys)
    if not keys:
        return {}
    code = func.coalesce(account_plans.c.code, credit_lines.c.plan)
    either = accounts.outerjoin(account_plans, account_plans.c.account_key == accounts.c.key).outerjoin(
        credit_lines, credit_lines.c.account_key == accounts.c.key
    )
    of_account = select(accounts.c.key, code.label("code")).select_from(either)
    found = connection.execute(of_account.where(accounts.c.key.in_(keys), code.is_not(None))).all()
    plans = load(connection, {row.code for row in found}) if found else {}
    return {row.key: plans.get(row.code, ()) for row in found}


def exchange_fee_bp(versions: Iterable[RatePlan], day: int) -> int:
    """What the plan keeps of what is paid in another currency on a day, in hundredths of a percent."""
    plan = in_force(versions, day)
    return 0 if plan is None else plan.exchange_fee_bp


def _plan(row: dict[str, Any]) -> RatePlan:
    tiers = tuple((start, rate) for start, rate in json.loads(row["tiers"]))
    day_count, paid = DayCount(row["day_count"]), InterestPeriod(row["paid"])
    return RatePlan(**{**row, "tiers": tiers, "day_count": day_count, "paid": paid})
