"""Movements into groups: each by its currency and by what the report is grouped by. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from reporting_service.custom.measures import NEEDS_AMOUNTS, Group, measured, minor_of, together
from reporting_service.custom.periods import week_name
from reporting_service.custom.words import OF_TIME, Dimension, Measure
from shared.enums import Direction
from shared.time.business_days import QUARTER_US, day_of_number, month_name, time_zone
from shared.time.clock import MICROSECONDS

MOST_GROUPS = 1_000
MOST_AMOUNTS = 500_000
"""So many different amounts are kept, in all groups together, for medians and percentiles."""

Value = str | int


class TooManyGroupsError(Exception):
    """A report would have more groups than anybody can read."""


class TooManyAmountsError(Exception):
    """More different amounts than can be kept to find the middle one."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement on an account, as a report sees it: `minor` is signed as the account sees it, `day` the bank's.

    `category` is the type where nobody gave one; `counterparty` is empty where that is the bank itself.
    """

    account_id: str
    currency: str
    minor: int
    effective_at: int
    day: int
    type: str
    category: str
    counterparty: str


class Grouping:
    """The groups that movements are added to, one at a time."""

    def __init__(self, dimensions: Sequence[Dimension], measures: Sequence[Measure], *, is_signed: bool) -> None:
        self._dimensions = tuple(dimensions)
        self._measures = tuple(measures)
        self._values = [_VALUES[dimension] for dimension in dimensions]
        self._is_signed = is_signed
        self._keeps_amounts = bool(NEEDS_AMOUNTS & set(measures))
        self._kept = 0
        self._groups: dict[tuple[Value, ...], Group] = {}

    def add(self, one: Movement) -> None:
        """Take one more in. Raises TooManyGroupsError, TooManyAmountsError."""
        key = (one.currency, *(value(one) for value in self._values))
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) == MOST_GROUPS:
                raise TooManyGroupsError
            group = self._groups[key] = Group()
        minor = one.minor if self._is_signed else abs(one.minor)
        self._kept += group.add(minor, is_kept=self._keeps_amounts)
        if self._kept > MOST_AMOUNTS:
            raise TooManyAmountsError

    @property
    def count(self) -> int:
        """How many movements there were."""
        return sum(group.count for group in self._groups.values())

    def values_of(self, dimension: Dimension) -> set[Value]:
        """What there is of a dimension, if the report is grouped by it."""
        if dimension not in self._dimensions:
            return set()
        place = 1 + self._dimensions.index(dimension)
        return {key[place] for key in self._groups}

    def shown(self) -> list[dict[str, Any]]:
        """The groups of each currency with their measures, and what all movements in it come to.

        That is left out where amounts without a sign go both ways: what came in is not added to what went out.
        """
        found = []
        for currency in sorted({str(key[0]) for key in self._groups}):
            groups = {key[1:]: group for key, group in self._groups.items() if key[0] == currency}
            whole, ways = together(groups.values()), self._ways_of(groups)
            rows = [
                {
                    "dimensions": dict(zip(map(str, self._dimensions), key, strict=True)),
                    "measures": measured(group, self._measures, currency),
                }
                for key, group in self._in_order(groups)
            ]
            is_one_figure = self._is_signed or ways <= 1
            totals = measured(whole, self._measures, currency) if is_one_figure else None
            found.append({"currency": currency, "movements": whole.count, "totals": totals, "groups": rows})
        return found

    def _ways_of(self, groups: Iterable[tuple[Value, ...]]) -> int:
        """How many ways money goes in these groups, where that is one of the dimensions."""
        if Dimension.DIRECTION not in self._dimensions:
            return 1
        place = self._dimensions.index(Dimension.DIRECTION)
        return len({key[place] for key in groups})

    def _in_order(self, groups: Mapping[tuple[Value, ...], Group]) -> list[tuple[tuple[Value, ...], Group]]:
        """By time where that is one of the dimensions, whichever; else what is largest by the first measure first."""
        in_time = [place for place, dimension in enumerate(self._dimensions) if dimension in OF_TIME]
        if in_time:
            return sorted(groups.items(), key=lambda item: ([item[0][place] for place in in_time], item[0]))
        first = self._measures[0]
        return sorted(groups.items(), key=lambda item: (-abs(minor_of(item[1], first)), item[0]))


@lru_cache(maxsize=20_000)
def _month_of(day: int) -> str:
    return month_name(day_of_number(day))


@lru_cache(maxsize=20_000)
def _week_of(day: int) -> str:
    return week_name(day_of_number(day))


@lru_cache(maxsize=200_000)
def _hour_of(quarter: int) -> int:
    """The hour of the bank's day that a quarter of an hour is in: zones differ from UTC by whole quarters."""
    return datetime.fromtimestamp(quarter * QUARTER_US // MICROSECONDS, time_zone()).hour


def _direction_of(one: Movement) -> str:
    return Direction.OUT.value if one.minor < 0 else Direction.IN.value


_VALUES: Mapping[Dimension, Callable[[Movement], Value]] = {
    Dimension.MONTH: lambda one: _month_of(one.day),
    Dimension.WEEK: lambda one: _week_of(one.day),
    Dimension.WEEKDAY: lambda one: day_of_number(one.day).isoweekday(),
    Dimension.HOUR: lambda one: _hour_of(one.effective_at // QUARTER_US),
    Dimension.CATEGORY: lambda one: one.category,
    Dimension.TYPE: lambda one: one.type,
    Dimension.COUNTERPARTY: lambda one: one.counterparty,
    Dimension.ACCOUNT: lambda one: one.account_id,
    Dimension.DIRECTION: _direction_of,
    Dimension.CURRENCY: lambda one: one.currency,
}
"""What a movement is of each dimension."""
