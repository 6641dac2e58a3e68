"""The report of a person's transactions over all their accounts: filtered, grouped, with figures a currency."""

from typing import Any

from sqlalchemy import Connection

from reporting_service.reports import movements, summaries, turnover_queries
from reporting_service.reports.movements import Filters, Scope
from reporting_service.reports.summaries import Group
from shared.amounts import money
from shared.enums import Direction

LARGEST_ROWS = 5


def transaction_report(connection: Connection, owner_id: str, filters: Filters, limit: int) -> dict[str, Any]:
    """What the report says; `transactions` are the newest `limit` of those counted."""
    scope = Scope.of_owner(connection, owner_id)
    groups = turnover_queries.grouped(connection, scope, filters)
    listed = movements.newest(connection, scope, filters, limit, owner_id)
    largest = movements.largest(connection, scope, filters, LARGEST_ROWS, owner_id)
    return {
        **filters.span.wire(),
        "type": filters.type,
        "category": filters.category,
        "currencies": [
            _of_currency(currency, [group for group in groups if group.currency == currency])
            for currency in sorted({group.currency for group in groups})
        ],
        "largest": largest,
        "largest_incoming": [row for row in largest if row["direction"] == Direction.IN],
        "largest_outgoing": [row for row in largest if row["direction"] == Direction.OUT],
        "transactions": listed,
        "transactions_are_complete": len(listed) == sum(group.count for group in groups),
    }


def _of_currency(currency: str, groups: list[Group]) -> dict[str, Any]:
    added = summaries.total(groups)
    moved_minor = added.income_minor + added.expense_minor + added.internal_minor
    return {
        "currency": currency,
        **added.shown(currency),
        "between_own_accounts": money.to_text(added.internal_minor, currency),
        "opening_deposits": money.to_text(added.opening_minor, currency),
        "average": money.to_text(_rounded(moved_minor, added.count - added.opening_count), currency),
        "average_income": money.to_text(_rounded(added.income_minor, added.income_count), currency),
        "average_expense": money.to_text(_rounded(added.expense_minor, added.expense_count), currency),
        "by_type": summaries.types(groups, currency),
        "by_category": summaries.categories(groups, currency),
        "by_month": summaries.months(groups, currency),
    }


def _rounded(total_minor: int, count: int) -> int:
    """The average to the nearest minor unit, halves up; of nothing 0."""
    if not count:
        return 0
    return (2 * total_minor + count) // (2 * count)
