"""What the parts of a custom report are called on pages. Pure."""

from collections.abc import Mapping
from typing import Any

from gateway.web.formatting import month, words

MEASURES: Mapping[str, str] = {
    "sum": "Sum",
    "count": "Number",
    "mean": "Average",
    "median": "Median",
    "min": "Smallest",
    "max": "Largest",
    "p90": "90th percentile",
}
HINTS: Mapping[str, str] = {
    "sum": "all together",
    "count": "how many transactions",
    "mean": "sum by number",
    "median": "half are below it",
    "min": "the smallest amount",
    "max": "the largest amount",
    "p90": "nine in ten are no more",
}
DIMENSIONS: Mapping[str, str] = {
    "month": "Month",
    "week": "Week",
    "weekday": "Day of the week",
    "hour": "Hour of the day",
    "category": "Category",
    "type": "Type",
    "counterparty": "Shop or person",
    "account": "Account",
    "direction": "In or out",
    "currency": "Currency",
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def value_in_words(dimension: str, value: Any, accounts: Mapping[str, str]) -> str:
    """A value that transactions are grouped by, as people read it."""
    match dimension:
        case "month":
            found = month(value)
        case "weekday":
            found = _WEEKDAYS[value - 1]
        case "hour":
            found = f"{value:02d}:00"
        case "direction":
            found = "Money in" if value == "in" else "Money out"
        case "account":
            found = accounts[value]
        case "counterparty":
            found = value or "The bank"
        case "category" | "type":
            found = words(value)
        case _:
            found = str(value)
    return found


def account_names(report: Mapping[str, Any]) -> dict[str, str]:
    """What the accounts that groups are named by are called: `Everyday ··3000`."""
    return {
        one["id"]: f"{one['name']} \u00b7\u00b7{one['account_number'][-4:]}" if one["account_number"] else one["name"]
        for one in report["accounts"]
    }
