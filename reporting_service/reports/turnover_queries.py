"""Movements added up by day, type, category and currency: whole days from what is kept, cut days from their legs."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from reporting_service.models import turnover
from reporting_service.projections.turnover import DAY_US, NO_CATEGORY
from reporting_service.reports import movements
from reporting_service.reports.movements import Filters, Scope, Span
from reporting_service.reports.summaries import Group

_kept = turnover.c


def grouped(connection: Connection, scope: Scope, filters: Filters) -> list[Group]:
    """The groups of everything in the scope that the filters let through."""
    whole, cut = split(filters.span)
    found = [] if whole is None else _of_whole_days(connection, scope, Filters(whole, filters.type, filters.category))
    for span in cut:
        found += movements.grouped(connection, scope, Filters(span, filters.type, filters.category))
    return found


def balance_before(connection: Connection, account_id: str, instant_us: int | None) -> int:
    """What an account held just before an instant of the bank's time; nothing before its first movement."""
    if instant_us is None:
        return 0
    groups = grouped(connection, Scope.of_account(account_id), Filters(Span(until=instant_us)))
    return sum(group.income_minor - group.expense_minor for group in groups)


def split(span: Span) -> tuple[Span | None, list[Span]]:
    """The whole days within a span, if there are any, and what is left of it before and after them."""
    since = None if span.since is None else -(-span.since // DAY_US) * DAY_US
    until = None if span.until is None else span.until // DAY_US * DAY_US
    if since is not None and until is not None and since >= until:
        return None, [span]
    cut = [Span(span.since, since)] if since != span.since else []
    if until != span.until:
        cut.append(Span(until, span.until))
    return Span(since, until), cut


def _of_whole_days(connection: Connection, scope: Scope, filters: Filters) -> list[Group]:
    """From a day's first moment to another's, so that `day` alone decides."""
    sums: tuple[ColumnElement[int], ...]
    if scope.is_joint:
        sums = (
            _kept.income_minor - _kept.own_income_minor,
            _kept.expense_minor - _kept.own_expense_minor,
            _kept.own_expense_minor,
            _kept.movements - _kept.own_arrivals,
        )
    else:
        sums = (_kept.income_minor, _kept.expense_minor, _kept.income_minor * 0, _kept.movements)
    key = (_kept.day, _kept.type, _kept.category, _kept.currency)
    query = _chosen(select(*key, *(func.sum(value) for value in sums)), scope, filters).group_by(*key)
    return [
        Group(row[0], row[1], row[2] or None, row[3], int(row[4]), int(row[5]), int(row[6]), int(row[7]))
        for row in connection.execute(query)
        if row[7]
    ]


def _chosen(query: Select[Any], scope: Scope, filters: Filters) -> Select[Any]:
    query = query.where(_kept.account_id.in_(scope.account_ids))
    if filters.span.since is not None:
        query = query.where(_kept.day >= filters.span.since // DAY_US)
    if filters.span.until is not None:
        query = query.where(_kept.day < filters.span.until // DAY_US)
    if filters.type is not None:
        query = query.where(_kept.type == filters.type)
    if filters.category is not None:
        query = query.where(func.coalesce(func.nullif(_kept.category, NO_CATEGORY), _kept.type) == filters.category)
    return query
