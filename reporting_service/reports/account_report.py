"""The report of one account: its history, how its balance went, income and expense by category and month."""

from typing import Any

from sqlalchemy import Connection

from reporting_service.reports import movements, summaries, turnover_queries
from reporting_service.reports.movements import Filters, Scope
from shared.amounts import money
from shared.privacy.masking import mask_account_number
from shared.time.date_ranges import DateRange

HISTORY_ROWS = 1000
"""A report lists the newest so many; the figures are of all."""


def account_report(connection: Connection, account: Any, span: DateRange, viewer_id: str) -> dict[str, Any]:
    """What the report says. The balance runs in the bank's own time, so what was booked late stands on its own day."""
    scope, filters, currency = Scope.of_account(account.id), Filters(span), account.currency
    opening_minor = turnover_queries.balance_before(connection, account.id, span.since)
    groups = turnover_queries.grouped(connection, scope, filters)
    added = summaries.total(groups)
    history = movements.newest(connection, scope, filters, HISTORY_ROWS, viewer_id)
    number = account.account_number
    return {
        "account": {
            "id": account.id,
            "user_id": account.user_id,
            "holder_name": account.holder_name,
            "account_number": number if account.user_id == viewer_id else mask_account_number(number),
            "account_type": account.account_type,
            "currency": currency,
            "nickname": account.nickname,
            "status": account.status,
        },
        **span.wire(),
        "currency": currency,
        "opening_balance": money.to_text(opening_minor, currency),
        "closing_balance": money.to_text(opening_minor + added.net_minor + added.opening_minor, currency),
        **added.shown(currency),
        "opening_deposits": money.to_text(added.opening_minor, currency),
        "balance_trend": summaries.trend(groups, currency, opening_minor),
        "by_category": summaries.categories(groups, currency),
        "by_month": summaries.months(groups, currency),
        "history": history,
        "history_is_complete": len(history) == added.count,
    }
