"""A statement on paper: a tagged PDF (PDF/UA-1), set by Typst from `statement.typ`, with the fonts that it brings."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reporting_service.statements.statement import Line, Statement
from reporting_service.typesetting import account_number_on_paper, amount_on_paper, typeset
from shared.amounts import money
from shared.time.business_days import time_zone
from shared.time.clock import MICROSECONDS

_TEMPLATE = Path(__file__).with_name("statement.typ")


def render(statement: Statement) -> bytes:
    """The file."""
    return typeset(_TEMPLATE, _content(statement), made_at=statement.made_at)


def _content(statement: Statement) -> dict[str, Any]:
    made = datetime.fromtimestamp(statement.made_at // MICROSECONDS, UTC)
    account = statement.account
    return {
        "bank_name": statement.bank_name,
        "title": f"{account.name}, {statement.first:%B %Y}" if statement.month else account.name,
        "span": f"{_day(statement.first)} to {_day(statement.last)}, both included",
        "made_on": {"year": made.year, "month": made.month, "day": made.day},
        "holder_name": account.holder_name,
        "account_number": account_number_on_paper(account.number),
        "reference": statement.reference,
        "sums": [
            {"name": name, "amount": _amount(minor, statement.currency)}
            for name, minor in (
                ("Balance before", statement.opening_minor),
                ("Money in", statement.incoming_minor),
                ("Money out", -statement.outgoing_minor),
                ("Balance after", statement.closing_minor),
            )
        ],
        "note": None if statement.is_final else "These days are not over yet: what moves until then is added.",
        "lines": [
            _row(statement, line, balance_minor)
            for line, balance_minor in zip(statement.lines, statement.balances_minor, strict=True)
        ],
        "pending": [
            {
                "day": _short_day(one.day),
                "what": one.description or "Card payment",
                "amount": _figure(-one.amount_minor, statement.currency),
            }
            for one in statement.pending or ()
        ],
        "closing_words": (
            f"All amounts are in {statement.currency}. Days are those of the bank's time zone, {time_zone().key}."
        ),
    }


def _row(statement: Statement, line: Line, balance_minor: int) -> dict[str, Any]:
    kind = line.type.replace("_", " ").capitalize()
    party = line.counterparty
    what = party.name if party else line.description or kind
    details = [
        " · ".join(
            ([kind] if what != kind else []) + ([account_number_on_paper(party.account_number)] if party else [])
        )
    ]
    if party and line.description:
        details.append(line.description)
    if line.end_to_end_id:
        details.append(f"Reference {line.end_to_end_id}")
    if line.exchanged:
        other = line.exchanged
        rate = f" at {other.rate}" if other.rate else ""
        details.append(f"{money.to_text(other.amount_minor, other.currency)} {other.currency}{rate}")
    return {
        "day": _short_day(line.day),
        "what": what,
        "details": [detail for detail in details if detail],
        "amount": ("+" if line.amount_minor > 0 else "") + _figure(line.amount_minor, statement.currency),
        "balance": _figure(balance_minor, statement.currency),
        "is_incoming": line.amount_minor > 0,
    }


def _amount(minor: int, currency: str) -> str:
    return f"{_figure(minor, currency)} {currency}"


def _figure(minor: int, currency: str) -> str:
    return amount_on_paper(money.to_text(minor, currency))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
