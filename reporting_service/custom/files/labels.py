"""What the values that movements are grouped by are called, for people. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MEASURES: Mapping[str, str] = {
    "count": "Number",
    "sum": "Sum",
    "mean": "Average",
    "median": "Median",
    "min": "Smallest",
    "max": "Largest",
    "p90": "90th percentile",
}


def account_names(report: Mapping[str, Any]) -> dict[str, str]:
    """The accounts that groups are named by: `Everyday 0001`."""
    return {one["id"]: f"{one['name']} {one['account_number'][-4:]}".strip() for one in report["accounts"]}


def label(dimension: str, value: str | int, accounts: Mapping[str, str]) -> str:
    """A value as people read it."""
    if dimension == "account":
        return accounts[str(value)]
    return _LABELS.get(dimension, str)(value)


_LABELS: Mapping[str, Callable[[Any], str]] = {
    "month": lambda value: f"{date.fromisoformat(f'{value}-01'):%b %Y}",
    "weekday": lambda value: WEEKDAYS[int(value) - 1],
    "hour": lambda value: f"{int(value):02d}:00",
    "direction": lambda value: "Money in" if value == "in" else "Money out",
    "counterparty": lambda value: value or "The bank",
    "category": lambda value: value.replace("_", " ").capitalize(),
    "type": lambda value: value.replace("_", " ").capitalize(),
}
