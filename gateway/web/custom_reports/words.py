"""What the parts of a custom report are called on pages. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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


def names_of(dimension: str, values: Iterable[Any], accounts: Mapping[str, str]) -> dict[Any, str]:
    """The values of a dimension as people read them; where two would be called alike, with what they are."""
    called = {value: value_in_words(dimension, value, accounts) for value in dict.fromkeys(values)}
    return _apart([called, {value: f"{name} ({value or 'itself'})" for value, name in called.items()}])


def account_names(report: Mapping[str, Any]) -> dict[str, str]:
    """The accounts that groups are named by: `Everyday ··3000`; more of the number, or the id, where two are alike."""
    short, long, last = {}, {}, {}
    for one in report["accounts"]:
        name, number, key = one["name"], one["account_number"], one["id"]
        short[key] = f"{name} \u00b7\u00b7{number[-4:]}" if number else name
        long[key] = f"{name} {number}".strip()
        last[key] = f"{short[key]} #{key[-6:]}"
    return _apart([short, long, last])


def _apart(forms: Sequence[Mapping[Any, str]]) -> dict[Any, str]:
    """The first form of each name that no other has; the last where there is none."""
    first, *others = forms
    if not others:
        return dict(first)
    how_many = Counter(first.values())
    alike = {key for key, name in first.items() if how_many[name] > 1}
    rest = _apart([{key: name for key, name in form.items() if key in alike} for form in others]) if alike else {}
    return {key: rest.get(key, name) for key, name in first.items()}
