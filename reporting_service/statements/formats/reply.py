"""A statement as the JSON of a reply."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from reporting_service.statements.statement import ExchangedAmount, Line, Pending, Statement
from reporting_service.statements.statement_queries import StatedMonth
from shared.amounts import money
from shared.enums import Direction
from shared.time import clock
from shared.time.business_days import month_name

_LINES_AT_ONCE = 500


def shown(statement: Statement, status: str, user_id: str) -> dict[str, Any]:
    """The `AccountStatement` of the API; `status` and `user_id` are of the account as it is today."""
    head = _head(statement, status, user_id)
    return {**head, "lines": list(_lines(statement)), "pending": _all_pending(statement)}


def pieces(statement: Statement, status: str, user_id: str) -> Iterator[str]:
    """The same as the text of JSON, some lines at a time: in one it takes several times what the statement does."""
    head = json.dumps(_head(statement, status, user_id), ensure_ascii=False, indent=1)
    yield head.removesuffix("\n}") + ',\n "lines": ['
    remaining, begin = _lines(statement), "\n  "
    while some := list(itertools.islice(remaining, _LINES_AT_ONCE)):
        yield begin + ",\n  ".join(json.dumps(line, ensure_ascii=False) for line in some)
        begin = ",\n  "
    yield f'\n ],\n "pending": {json.dumps(_all_pending(statement), ensure_ascii=False)}\n}}'


def _head(statement: Statement, status: str, user_id: str) -> dict[str, Any]:
    account, currency = statement.account, statement.currency
    return {
        "reference": statement.reference,
        "month": statement.month,
        "from": statement.first.isoformat(),
        "to": statement.last.isoformat(),
        "is_final": statement.is_final,
        "as_of_position": statement.position,
        "account": {
            "id": account.id,
            "user_id": user_id,
            "holder_name": account.holder_name,
            "account_number": account.number,
            "account_type": account.type,
            "currency": account.currency,
            "nickname": account.nickname,
            "status": status,
        },
        "currency": currency,
        "opening_balance": statement.text_of(statement.opening_minor),
        "incoming": statement.text_of(statement.incoming_minor),
        "outgoing": statement.text_of(statement.outgoing_minor),
        "closing_balance": statement.text_of(statement.closing_minor),
        "count": len(statement.lines),
    }


def _lines(statement: Statement) -> Iterator[dict[str, Any]]:
    for line, balance_minor in zip(statement.lines, statement.balances_minor, strict=True):
        yield _line(line, statement.text_of(balance_minor), statement.currency)


def _all_pending(statement: Statement) -> list[dict[str, str]] | None:
    return None if statement.pending is None else [_pending(one, statement.currency) for one in statement.pending]


def _pending(one: Pending, currency: str) -> dict[str, str]:
    return {
        "id": one.id,
        "day": one.day.isoformat(),
        "amount": money.to_text(one.amount_minor, currency),
        "description": one.description,
    }


def shown_month(month: StatedMonth, currency: str) -> dict[str, Any]:
    """The `StatementMonth` of the API."""
    return {
        "month": month_name(month.first),
        "from": month.first.isoformat(),
        "to": month.last.isoformat(),
        "currency": currency,
        "opening_balance": money.to_text(month.opening_minor, currency),
        "closing_balance": money.to_text(month.closing_minor, currency),
        "count": month.count,
        "is_final": month.is_final,
    }


def _line(line: Line, balance: str, currency: str) -> dict[str, Any]:
    party = line.counterparty
    return {
        "id": line.id,
        "type": line.type,
        "day": line.day.isoformat(),
        "direction": Direction.OUT if line.amount_minor < 0 else Direction.IN,
        "amount": money.to_text(abs(line.amount_minor), currency),
        "balance_after": balance,
        "counterparty": None if party is None else {"name": party.name, "account_number": party.account_number},
        "description": line.description,
        "category": line.category,
        "end_to_end_id": line.end_to_end_id,
        "exchange": None if line.exchanged is None else _exchange(line.exchanged),
        "effective_at": clock.to_wire(line.effective_at),
        "booked_at": clock.to_wire(line.booked_at),
    }


def _exchange(exchanged: ExchangedAmount) -> dict[str, str | None]:
    return {
        "amount": money.to_text(exchanged.amount_minor, exchanged.currency),
        "currency": exchanged.currency,
        "rate": exchanged.rate,
    }
