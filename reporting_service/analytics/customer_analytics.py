"""A person's money over time: cash flow, spending against the month before, and what they are worth."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from reporting_service.models import balances, turnover
from reporting_service.reports import summaries, turnover_queries
from reporting_service.reports.movements import Filters, Scope
from reporting_service.reports.summaries import Group
from shared.amounts import money
from shared.enums import TextEnum
from shared.time.business_days import day_of_number, day_start_us, month_name, number_of_day, whole_month
from shared.time.date_ranges import DateRange

_SUNDAY = 7


class Step(TextEnum):
    """How far the points of a curve are apart."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def cash_flow(connection: Connection, owner_id: str, today: date, months: int) -> list[dict[str, Any]]:
    """Income and expense of each of the newest months, the present one last, by currency.

    What goes between own accounts, and what an account began with, is neither.
    """
    wanted = _months_until(today, months)
    by_currency = _by_currency(_groups(connection, owner_id, wanted[0], today))
    return [
        {
            "currency": currency,
            "months": [
                {"month": month_name(month), **summaries.total(_of_month(groups, month)).shown(currency)}
                for month in wanted
            ],
        }
        for currency, groups in by_currency
    ]


def categories_compared(connection: Connection, owner_id: str, month: date) -> list[dict[str, Any]]:
    """What was spent and received by category in a month and in the one before, the largest spending first."""
    before = _month_before(month)
    _, last = whole_month(month)
    found = []
    for currency, groups in _by_currency(_groups(connection, owner_id, before, last)):
        now, then = (
            summaries.by((one for one in _of_month(groups, one_month) if not one.is_opening), lambda group: group.label)
            for one_month in (month, before)
        )
        nothing = summaries.Sum()
        rows = [(name, now.get(name, nothing), then.get(name, nothing)) for name in {*now, *then}]
        rows.sort(key=lambda row: (-row[1].expense_minor, -row[2].expense_minor, row[0]))
        found.append(
            {
                "currency": currency,
                "categories": [
                    {
                        "category": name,
                        "expense": money.to_text(this.expense_minor, currency),
                        "previous_expense": money.to_text(that.expense_minor, currency),
                        "change": money.to_text(this.expense_minor - that.expense_minor, currency),
                        "income": money.to_text(this.income_minor, currency),
                        "previous_income": money.to_text(that.income_minor, currency),
                    }
                    for name, this, that in rows
                ],
            }
        )
    return found


def net_worth(connection: Connection, owner_id: str, ends: list[date]) -> list[dict[str, Any]]:
    """What a person had and owed at the end of each of these days, which rise, by currency."""
    numbers = [number_of_day(day) for day in ends]
    moved: defaultdict[str, dict[str, defaultdict[int, int]]] = defaultdict(dict)
    query = (
        select(
            turnover.c.currency,
            turnover.c.account_id,
            turnover.c.day,
            func.sum(turnover.c.income_minor - turnover.c.expense_minor),
        )
        .where(
            turnover.c.account_id.in_(select(balances.c.account_id).where(balances.c.owner_id == owner_id)),
            turnover.c.day <= numbers[-1],
        )
        .group_by(turnover.c.currency, turnover.c.account_id, turnover.c.day)
    )
    for currency, account_id, day, net_minor in connection.execute(query):
        moved[currency].setdefault(account_id, defaultdict(int))[_step_of(numbers, day)] += int(net_minor)
    return [
        {"currency": currency, "points": _points(list(of_accounts.values()), ends, currency)}
        for currency, of_accounts in sorted(moved.items())
    ]


def _step_of(numbers: list[int], day: int) -> int:
    """The first of the days that is not before this one."""
    return numbers[bisect_left(numbers, day)]


def _points(of_accounts: list[defaultdict[int, int]], ends: list[date], currency: str) -> list[dict[str, str]]:
    held = [0] * len(of_accounts)
    points = []
    for day in ends:
        number = number_of_day(day)
        held = [minor + moved.get(number, 0) for minor, moved in zip(held, of_accounts, strict=True)]
        assets, debts = sum(minor for minor in held if minor > 0), -sum(minor for minor in held if minor < 0)
        points.append(
            {
                "date": day.isoformat(),
                "assets": money.to_text(assets, currency),
                "debts": money.to_text(debts, currency),
                "net": money.to_text(assets - debts, currency),
            }
        )
    return points


def _groups(connection: Connection, owner_id: str, first: date, last: date) -> list[Group]:
    span = DateRange(day_start_us(first), day_start_us(last + timedelta(days=1)))
    return turnover_queries.grouped(connection, Scope.of_owner(connection, owner_id), Filters(span))


def _by_currency(groups: Iterable[Group]) -> list[tuple[str, list[Group]]]:
    found: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups:
        found[group.currency].append(group)
    return sorted(found.items())


def _of_month(groups: Iterable[Group], month: date) -> Iterator[Group]:
    first, last = (number_of_day(day) for day in whole_month(month))
    return (group for group in groups if first <= group.day <= last)


def _months_until(today: date, count: int) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < count:
        months.append(_month_before(months[-1]))
    return months[::-1]


def _month_before(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def days_between(first: date, last: date, step: Step) -> list[date]:
    """The last day of each step from the first day to the last, which always is the last of them."""
    days = (day_of_number(number) for number in range(number_of_day(first), number_of_day(last)))
    return [*(day for day in days if _ends(day, step)), last]


def _ends(day: date, step: Step) -> bool:
    if step is Step.DAY:
        return True
    return day.isoweekday() == _SUNDAY if step is Step.WEEK else day == whole_month(day)[1]
