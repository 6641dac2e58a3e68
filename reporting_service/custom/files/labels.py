"""What the values that movements are grouped by are called, for people. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

Value = str | int
Key = TypeVar("Key", bound=Hashable)

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
    """The accounts that groups are named by: `Everyday 0001`; more of the number, or of the id, where two are alike."""
    forms = [
        {one["id"]: f"{one['name']} {one['account_number'][-4:]}".strip() for one in report["accounts"]},
        {one["id"]: f"{one['name']} {one['account_number']}".strip() for one in report["accounts"]},
        {one["id"]: f"{one['name']} {one['account_number'][-4:]} #{one['id'][-6:]}" for one in report["accounts"]},
    ]
    return apart(forms)


def names_of(dimension: str, values: Iterable[Value], accounts: Mapping[str, str]) -> dict[Value, str]:
    """The values of a dimension as people read them; where two would be called alike, with what they are."""
    once = dict.fromkeys(values)
    called = {value: label(dimension, value, accounts) for value in once}
    return apart([called, {value: f"{name} ({value or 'itself'})" for value, name in called.items()}])


def apart(forms: Sequence[Mapping[Key, str]]) -> dict[Key, str]:
    """The first form of each name that no other has; the last where there is none."""
    first, *others = forms
    if not others:
        return dict(first)
    how_many = Counter(first.values())
    alike = {key for key, name in first.items() if how_many[name] > 1}
    rest = apart([{key: name for key, name in form.items() if key in alike} for form in others]) if alike else {}
    return {key: rest.get(key, name) for key, name in first.items()}


def label(dimension: str, value: Value, accounts: Mapping[str, str]) -> str:
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
