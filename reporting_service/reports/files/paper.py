"""A stored report on paper, set from `report.typ`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from reporting_service.reports.files.days import day_of
from reporting_service.typesetting import account_number_on_paper, amount_on_paper, typeset
from shared.amounts import money
from shared.time import clock
from shared.time.business_days import business_day

_TEMPLATE = Path(__file__).with_name("report.typ")
_CATEGORIES = 12
_MOVEMENTS = 200
"""A report on paper lists the newest so many; an export has all of them."""

Report = dict[str, Any]


def render(report: Report, bank_name: str) -> bytes:
    """The file."""
    made_at = clock.from_datetime(datetime.fromisoformat(report["created_at"]))
    return typeset(_TEMPLATE, _content(report, bank_name, made_at), made_at=made_at)


def _content(report: Report, bank_name: str, made_at: int) -> dict[str, Any]:
    account, currency = report["account"], report["currency"]
    made = business_day(made_at)
    history = report["history"][:_MOVEMENTS]
    left_out = report["count"] - len(history)
    return {
        "bank_name": bank_name,
        "title": f"Report of {account['nickname'] or account['account_type'] + ' account'}",
        "span": _span(report),
        "made_on": {"year": made.year, "month": made.month, "day": made.day},
        "holder_name": account["holder_name"],
        "account_number": account_number_on_paper(account["account_number"]),
        "reference": report["id"],
        "sums": [
            {"name": name, "amount": f"{amount_on_paper(text)} {currency}"}
            for name, text in (
                ("Balance before", report["opening_balance"]),
                ("Income", report["income"]),
                ("Spending", report["expense"]),
                ("Balance after", report["closing_balance"]),
            )
        ],
        "months": [
            {"name": row["month"], **{one: amount_on_paper(row[one]) for one in ("income", "expense", "net")}}
            for row in report["by_month"]
        ],
        "categories": _categories(report),
        "movements": [_movement(one) for one in history],
        "left_out": f"and {left_out} more: an export has all of them" if left_out > 0 else "",
    }


def _span(report: Report) -> str:
    first, after = report["from"], report["to"]
    if first is None and after is None:
        return "Everything up to the day it was made"
    since = "From the beginning" if first is None else f"From {_day(first)}"
    return since if after is None else f"{since}, until before {_day(after)}"


def _categories(report: Report) -> list[dict[str, Any]]:
    """What most was spent on, each with its part of the largest in thousandths."""
    currency = report["currency"]
    spent = [
        (row["category"], minor) for row in report["by_category"] if (minor := _minor(row["expense"], currency)) > 0
    ]
    spent.sort(key=lambda one: -one[1])
    largest = max((minor for _, minor in spent), default=1)
    return [
        {
            "name": name.replace("_", " ").capitalize(),
            "amount": amount_on_paper(money.to_text(minor, currency)),
            "thousandths": minor * 1000 // largest,
        }
        for name, minor in spent[:_CATEGORIES]
    ]


def _minor(text: str, currency: str) -> int:
    return money.parse_amount(text.removeprefix("-"), currency).minor * (-1 if text.startswith("-") else 1)


def _movement(one: dict[str, Any]) -> dict[str, Any]:
    kind = one["type"].replace("_", " ").capitalize()
    party = one["counterparty"]
    what = party["name"] if party else one["description"] or kind
    details = [part for part in (kind if what != kind else "", one["description"] if party else "") if part]
    is_incoming = one["direction"] == "in"
    return {
        "day": _day(one["effective_at"]),
        "what": what,
        "details": " \u00b7 ".join(details),
        "amount": ("+" if is_incoming else "\u2212") + amount_on_paper(one["amount"]),
        "balance": amount_on_paper(one["balance_after"]),
        "is_incoming": is_incoming,
    }


def _day(instant: str) -> str:
    day = day_of(instant)
    return f"{day.day} {day:%b %Y}"
