"""What is said of a group of movements: exact, in minor units of one currency. Pure.

A mean, and the median of an even number, is rounded to the nearest minor unit, halves away from zero. The 90th
percentile is by nearest rank: the smallest amount that at least nine in ten of the movements do not exceed. So it is,
as the smallest and the largest are, the amount of a movement that there was.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reporting_service.custom.words import Measure
from shared.amounts import money

NEEDS_AMOUNTS = frozenset({Measure.MEDIAN, Measure.P90})
"""For these every amount is kept, with how often it came; for the others a running figure is enough."""


@dataclass(slots=True)
class Group:
    """Movements of one currency; `amounts` is how often each amount came, where that is kept."""

    count: int = 0
    sum_minor: int = 0
    least_minor: int = 0
    most_minor: int = 0
    amounts: Counter[int] = field(default_factory=Counter)

    def add(self, minor: int, *, is_kept: bool) -> bool:
        """Take one more in; whether an amount is kept that was not before."""
        self.least_minor = min(self.least_minor, minor) if self.count else minor
        self.most_minor = max(self.most_minor, minor) if self.count else minor
        self.count += 1
        self.sum_minor += minor
        if not is_kept:
            return False
        self.amounts[minor] += 1
        return self.amounts[minor] == 1


def together(groups: Iterable[Group]) -> Group:
    """All of them as one group."""
    added = Group()
    for group in groups:
        if not group.count:
            continue
        added.least_minor = min(added.least_minor, group.least_minor) if added.count else group.least_minor
        added.most_minor = max(added.most_minor, group.most_minor) if added.count else group.most_minor
        added.count += group.count
        added.sum_minor += group.sum_minor
        added.amounts.update(group.amounts)
    return added


def measured(group: Group, measures: Sequence[Measure], currency: str) -> dict[str, int | str]:
    """What the measures say, by their names: a number for the count, decimal strings for the others."""
    return {
        str(measure): group.count if measure is Measure.COUNT else money.to_text(minor_of(group, measure), currency)
        for measure in measures
    }


def minor_of(group: Group, measure: Measure) -> int:
    """One measure of movements that there are, in minor units; the count is their number."""
    return _MEASURED[measure](group)


def nearest(total: int, count: int) -> int:
    """`total / count` to the nearest whole number, halves away from zero."""
    size = (2 * abs(total) + count) // (2 * count)
    return -size if total < 0 else size


def _at_rank(group: Group, rank: int) -> int:
    """The amount of the movement at this rank, from 1 for the smallest."""
    for minor in sorted(group.amounts):
        rank -= group.amounts[minor]
        if rank <= 0:
            return minor
    message = "a rank beyond the movements that were kept"
    raise IndexError(message)


def _median(group: Group) -> int:
    return nearest(_at_rank(group, (group.count + 1) // 2) + _at_rank(group, group.count // 2 + 1), 2)


_MEASURED: Mapping[Measure, Callable[[Group], int]] = {
    Measure.COUNT: lambda group: group.count,
    Measure.SUM: lambda group: group.sum_minor,
    Measure.MEAN: lambda group: nearest(group.sum_minor, group.count),
    Measure.MIN: lambda group: group.least_minor,
    Measure.MAX: lambda group: group.most_minor,
    Measure.MEDIAN: _median,
    Measure.P90: lambda group: _at_rank(group, -(-group.count * 9 // 10)),
}
