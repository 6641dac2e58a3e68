"""Movements added up by day, type, category and currency: whole days from what is kept, cut days from their legs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from reporting_service.models import turnover
from reporting_service.projections.turnover import NO_CATEGORY
from reporting_service.reports import movements
from reporting_service.reports.movements import Filters, Scope
from reporting_service.reports.summaries import Group
from shared.time.business_days import day_number, day_of_number, day_start_us
from shared.time.date_ranges import DateRange

_kept = turnover.c


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of the bank, by number: the first of them and the one after the last; None: no end."""

    first: int | None = None
    end: int | None = None


def grouped(connection: Connection, scope: Scope, filters: Filters) -> list[Group]:
    """The groups of everything in the scope that the filters let through."""
    whole, cut = split(filters.span)
    found = [] if whole is None else _of_whole_days(connection, scope, filters, whole)
    for span in cut:
        found += movements.grouped(connection, scope, Filters(span, filters.type, filters.category))
    return found


def balance_before(connection: Connection, account_id: str, instant_us: int | None) -> int:
    """What an account held just before an instant of the bank's time; nothing before its first movement."""
    if instant_us is None:
        return 0
    groups = grouped(connection, Scope.of_account(account_id), Filters(DateRange(until=instant_us)))
    return sum(group.income_minor - group.expense_minor for group in groups)


def split(span: DateRange) -> tuple[Days | None, list[DateRange]]:
    """The whole days within a span, if there are any, and what is left of it before and after them."""
    first = None if span.since is None else _first_whole_day(span.since)
    end = None if span.until is None else day_number(span.until)
    if first is not None and end is not None and first >= end:
        return None, [span]
    cut = []
    if first is not None and _start_us(first) != span.since:
        cut.append(DateRange(span.since, _start_us(first)))
    if end is not None and _start_us(end) != span.until:
        cut.append(DateRange(_start_us(end), span.until))
    return Days(first, end), cut


def _first_whole_day(since: int) -> int:
    day = day_number(since)
    return day if _start_us(day) == since else day + 1


def _start_us(day: int) -> int:
    return day_start_us(day_of_number(day))


def _of_whole_days(connection: Connection, scope: Scope, filters: Filters, days: Days) -> list[Group]:
    sums: tuple[ColumnElement[int], ...]
    if scope.is_joint:
        sums = (
            _kept.income_minor - _kept.own_income_minor,
            _kept.expense_minor - _kept.own_expense_minor,
            _kept.own_expense_minor,
            _kept.movements - _kept.own_arrivals,
            _kept.arrivals - _kept.own_arrivals,
            _kept.own_arrivals,
        )
    else:
        nothing = _kept.movements * 0
        sums = (_kept.income_minor, _kept.expense_minor, nothing, _kept.movements, _kept.arrivals, nothing)
    key = (_kept.day, _kept.type, _kept.category, _kept.currency)
    query = _chosen(select(*key, *(func.sum(value) for value in sums)), scope, filters, days).group_by(*key)
    return [
        Group(row[0], row[1], row[2] or None, row[3], *(int(value) for value in row[4:]))
        for row in connection.execute(query)
        if row[7]
    ]


def _chosen(query: Select[Any], scope: Scope, filters: Filters, days: Days) -> Select[Any]:
    query = query.where(_kept.account_id.in_(scope.account_ids))
    if days.first is not None:
        query = query.where(_kept.day >= days.first)
    if days.end is not None:
        query = query.where(_kept.day < days.end)
    if filters.type is not None:
        query = query.where(_kept.type == filters.type)
    if filters.category is not None:
        query = query.where(func.coalesce(func.nullif(_kept.category, NO_CATEGORY), _kept.type) == filters.category)
    return query
