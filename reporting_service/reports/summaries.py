"""Adding up movements by category, month and kind. Pure; amounts are minor units of one currency a group."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.amounts import money
from shared.enums import TransactionType
from shared.time.business_days import day_of_number, month_name

OPENING = "opening"
"""The category of a deposit that an account begins with."""


@dataclass(frozen=True, slots=True)
class Group:
    """Movements of one day (by number), type, category and currency, already added up by the database.

    `internal_minor` went from one account of the person to another: neither income nor expense. Of `count` movements,
    `income_count` came in and `internal_count` went between own accounts.
    """

    day: int
    type: str
    category: str | None
    currency: str
    income_minor: int
    expense_minor: int
    internal_minor: int
    count: int
    income_count: int = 0
    internal_count: int = 0

    @property
    def is_opening(self) -> bool:
        """Whether this is what an account began with: that is no income. Else the word is a category like others."""
        return self.category == OPENING and self.type == TransactionType.DEPOSIT

    @property
    def label(self) -> str:
        """The category; what nobody gave one goes by its type."""
        return self.category or self.type


@dataclass(slots=True)
class Sum:
    """What groups add up to."""

    income_minor: int = 0
    expense_minor: int = 0
    internal_minor: int = 0
    count: int = 0
    income_count: int = 0
    internal_count: int = 0
    opening_minor: int = 0
    opening_count: int = 0

    def add(self, group: Group) -> None:
        """Take one more group in."""
        self.count += group.count
        if group.is_opening:
            self.opening_minor += group.income_minor - group.expense_minor
            self.opening_count += group.count
            return
        self.income_count += group.income_count
        self.internal_count += group.internal_count
        self.income_minor += group.income_minor
        self.expense_minor += group.expense_minor
        self.internal_minor += group.internal_minor

    @property
    def net_minor(self) -> int:
        """Income less expense."""
        return self.income_minor - self.expense_minor

    @property
    def expense_count(self) -> int:
        """How many movements went out, to somebody else."""
        return self.count - self.opening_count - self.income_count - self.internal_count

    def shown(self, currency: str) -> dict[str, Any]:
        """As reports show it, with decimal strings."""
        return {
            "income": money.to_text(self.income_minor, currency),
            "expense": money.to_text(self.expense_minor, currency),
            "net": money.to_text(self.net_minor, currency),
            "count": self.count,
        }


def total(groups: Iterable[Group]) -> Sum:
    """Everything together."""
    added = Sum()
    for group in groups:
        added.add(group)
    return added


def by(groups: Iterable[Group], key: Callable[[Group], str]) -> dict[str, Sum]:
    """One sum for each key."""
    sums: defaultdict[str, Sum] = defaultdict(Sum)
    for group in groups:
        sums[key(group)].add(group)
    return dict(sums)


def categories(groups: Iterable[Group], currency: str) -> list[dict[str, Any]]:
    """Income and expense of each category, the largest first."""
    sums = by((group for group in groups if not group.is_opening), lambda group: group.label)
    ordered = sorted(sums.items(), key=lambda item: (-max(item[1].income_minor, item[1].expense_minor), item[0]))
    return [{"category": label, **added.shown(currency)} for label, added in ordered]


def types(groups: Iterable[Group], currency: str) -> list[dict[str, Any]]:
    """Income and expense of each type of transaction, the most frequent first."""
    sums = by(groups, lambda group: group.type)
    ordered = sorted(sums.items(), key=lambda item: (-item[1].count, item[0]))
    return [{"type": name, **added.shown(currency)} for name, added in ordered]


def months(groups: Sequence[Group], currency: str) -> list[dict[str, Any]]:
    """Income and expense of each month, oldest first, and of its categories."""
    return [
        {"month": month, **total(some).shown(currency), "categories": categories(some, currency)}
        for month, some in sorted(by_month(groups).items())
    ]


def by_month(groups: Iterable[Group]) -> dict[str, list[Group]]:
    """The groups of each month."""
    found: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups:
        found[month_name(day_of_number(group.day))].append(group)
    return dict(found)


def trend(groups: Iterable[Group], currency: str, opening_minor: int) -> list[dict[str, str]]:
    """The balance at the end of each day on which something moved, in the bank's own time."""
    moved: defaultdict[int, int] = defaultdict(int)
    for group in groups:
        moved[group.day] += group.income_minor - group.expense_minor
    points, balance_minor = [], opening_minor
    for day in sorted(moved):
        balance_minor += moved[day]
        points.append({"date": day_of_number(day).isoformat(), "balance": money.to_text(balance_minor, currency)})
    return points
