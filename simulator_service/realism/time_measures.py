"""Measures of when people pay: hours, days, weeks, and the days after their wages."""

import numpy as np
from numpy.typing import NDArray

from simulator_service.planning.parties import PERSON
from simulator_service.realism.planned_life import PlannedLife

_DAY, _WEEK = 24, 168


def measures(life: PlannedLife) -> dict[str, float]:
    """Each measure by its name in targets.toml."""
    visits = life.is_visit()
    hours = life.local_hours()
    hour = hours[visits] % _DAY
    return {
        "payday_ratio": _payday_ratio(life, visits),
        "day_share": float(((hour >= 11) & (hour < 18)).mean()),
        "night_share": float(((hour >= 2) & (hour < 6)).mean()),
        "rhythms": float(_rhythms(hours[visits])),
        "dispersion": _dispersion(life, visits),
        "wage_hour_share": _busiest(hours[life.is_kind("payroll")]),
        "bill_hour_share": _busiest(hours[life.is_kind("bill_payment")]),
    }


def by_person_and_day(
    life: PlannedLife, chosen: NDArray[np.bool_], weights: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """How many of these events, or how much, by person and day; those of the days at the edges are left out."""
    day = life.local_days()
    chosen = chosen & (day >= 0) & (day < life.days)
    person = life.events.source[chosen] - PERSON
    cells = np.bincount(
        person * life.days + day[chosen],
        weights=None if weights is None else weights[chosen],
        minlength=life.people * life.days,
    )
    return cells.reshape(life.people, life.days).astype(np.float64)


def _payday_ratio(life: PlannedLife, visits: NDArray[np.bool_]) -> float:
    """What people spend on the days of their wages, to what they spend on others."""
    spent = by_person_and_day(life, visits, life.events.amount_minor)
    is_payday = np.zeros(spent.shape, dtype=bool)
    wages, day = life.is_kind("payroll"), life.local_days()
    wages &= (day >= 0) & (day < life.days)
    is_payday[life.events.target[wages] - PERSON, day[wages]] = True
    if not is_payday.any():
        return 0.0
    return float(spent[is_payday].mean() / spent[~is_payday].mean())


def _rhythms(hours: NDArray[np.int64]) -> int:
    """Of a day and a week, at how many hourly counts repeat better than at the lags about them."""
    counts = np.bincount(hours - hours.min()).astype(np.float64)
    if len(counts) < 2 * _WEEK:
        return 0
    centred = counts - counts.mean()
    like = [float((centred[lag:] * centred[:-lag]).mean()) for lag in range(1, _WEEK + _DAY)]
    day, week = like[_DAY - 1], like[_WEEK - 1]
    return (day == max(like[_DAY // 2 : _DAY + _DAY // 2])) + (week == max(like[_DAY + 1 :]))


def _dispersion(life: PlannedLife, visits: NDArray[np.bool_]) -> float:
    """Variance to mean of a person's purchases a day; each day of the week by itself, as some are busier."""
    counts = by_person_and_day(life, visits)
    above, below = 0.0, 0.0
    for weekday in range(7):
        days = counts[:, weekday::7]
        if days.shape[1] > 1:
            above += float(days.var(axis=1, ddof=1).sum())
            below += float(days.mean(axis=1).sum())
    return above / below if below else 0.0


def _busiest(hours: NDArray[np.int64]) -> float:
    counts = np.bincount(hours % _DAY, minlength=_DAY)
    return float(counts.max() / max(1, counts.sum()))
