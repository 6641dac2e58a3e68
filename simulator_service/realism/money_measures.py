"""Measures of what people pay: how often, how much, for what and with what."""

import numpy as np
from numpy.typing import NDArray

from simulator_service.planning.parties import MERCHANT
from simulator_service.realism.planned_life import PlannedLife

SPENDING_SHARES = {
    "housing": 32.9,
    "transport": 17.0,
    "food": 12.9,
    "insurance": 12.4,
    "health": 8.0,
    "entertainment": 4.7,
    "other": 12.1,
}
"""Percent of what consumers spend (BLS Consumer Expenditure Survey, 2023); the rest is `other`."""
GROUPS = {
    "housing": "housing",
    "utilities": "housing",
    "telecom": "housing",
    "groceries": "food",
    "restaurants": "food",
    "coffee": "food",
    "transport": "transport",
    "fuel": "transport",
    "travel": "transport",
    "loans": "transport",
    "insurance": "insurance",
    "pensions": "insurance",
    "health": "health",
    "entertainment": "entertainment",
    "electronics": "entertainment",
    "subscriptions": "entertainment",
}
"""Which of these a category is of; loans are those for cars, journeys go by air. Others, cash too, are `other`."""
CADENCE_SHARES = {"weekly": 16.5, "biweekly": 57.4, "twice monthly": 15.4, "monthly": 9.0, "four-weekly": 1.7}
CARD_SHARE = 29.5 / 45.6
LEAST_PURCHASES = 1000
"""Categories with fewer say nothing of their shape: chance alone keeps them from it."""
_BENFORD = np.log10(1 + 1 / np.arange(1, 10))


def measures(life: PlannedLife) -> dict[str, float]:
    """Each measure by its name in targets.toml."""
    payments, cards = life.is_payment(), life.is_kind("card_purchase")
    paid = life.events.amount_minor / life.minor_per_unit
    person_months = life.people * life.months
    lower, median, upper = np.percentile(paid[cards], (25, 50, 75))
    tenth, ninetieth = np.percentile(life.wages_minor, (10, 90))
    return {
        "payments_a_month": payments.sum() / person_months,
        "mean_payment": paid[payments].mean(),
        "card_payments_a_month": cards.sum() / person_months,
        "mean_card_payment": paid[cards].mean(),
        "card_lower_quartile": lower,
        "card_median": median,
        "card_upper_quartile": upper,
        "card_log_spread": np.log(upper / lower) / 1.349,
        "spending_distance": _spending_distance(life, payments),
        "instrument_distance": abs(cards.sum() / payments.sum() - CARD_SHARE),
        "cadence_distance": _distance(
            {name: 100 * life.cadences.count(name) / life.people for name in CADENCE_SHARES}, CADENCE_SHARES
        ),
        "wage_ratio": ninetieth / tenth,
        "season_association": _season_association(life),
        "amount_shape": _amount_shape(life),
        "benford_deviation": _benford_deviation(life),
        "merchant_gini": _merchant_gini(life),
    }


def _spending_distance(life: PlannedLife, payments: NDArray[np.bool_]) -> float:
    chosen = life.events.picked(payments)
    spent = np.bincount(chosen.intent, weights=chosen.amount_minor, minlength=len(life.intents))
    shares = dict.fromkeys(SPENDING_SHARES, 0.0)
    for intent, total in zip(life.intents, spent, strict=True):
        if intent.category != "peers":
            shares[GROUPS.get(intent.category, "other")] += total
    whole = sum(shares.values())
    return _distance({name: 100 * total / whole for name, total in shares.items()}, SPENDING_SHARES)


def _distance(found: dict[str, float], wanted: dict[str, float]) -> float:
    """Total variation of two shares in percent, 0 to 1."""
    return sum(abs(found[name] - wanted[name]) for name in wanted) / 200


def _season_association(life: PlannedLife) -> float:
    """Cramér's V of the category of a purchase and the month, 30 days each."""
    visits = life.is_visit()
    month = np.clip(life.local_days()[visits], 0, None) // 30
    categories, category = np.unique(life.category_of()[visits], return_inverse=True)
    table = np.bincount(category * (month.max() + 1) + month, minlength=len(categories) * (month.max() + 1))
    counts = table.reshape(len(categories), -1)
    counts = counts[:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return 0.0
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    return float(np.sqrt(chi_squared / (counts.sum() * (min(counts.shape) - 1))))


def _amount_shape(life: PlannedLife) -> float:
    """The greatest distance of a category's log amounts from the normal of their own mean and spread."""
    visits = life.is_visit()
    logs, categories = np.log(life.events.amount_minor[visits]), life.category_of()[visits]
    shapes = [_normal_distance(logs[categories == name]) for name in np.unique(categories)]
    return max((shape for shape in shapes if shape is not None), default=0.0)


def _normal_distance(values: NDArray[np.float64]) -> float | None:
    if len(values) < LEAST_PURCHASES:
        return None
    grid = np.linspace(-4, 4, 801)
    placed = np.sort((values - values.mean()) / values.std())
    below = np.searchsorted(placed, grid, side="right") / len(placed)
    return float(np.abs(below - _normal_below(grid)).max())


def _normal_below(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17)."""
    slope = 1 / (1 + 0.2316419 * np.abs(grid))
    terms = (0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429)
    tail = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * sum(c * slope ** (n + 1) for n, c in enumerate(terms))
    return np.asarray(np.where(grid >= 0, 1 - tail, tail))


def _benford_deviation(life: PlannedLife) -> float:
    booked = life.events.amount_minor[~life.is_kind("collection", "card_capture")]
    first = booked // 10 ** np.floor(np.log10(booked)).astype(np.int64)
    shares = np.bincount(np.clip(first, 1, 9), minlength=10)[1:] / len(booked)
    return float(np.abs(shares - _BENFORD).mean())


def _merchant_gini(life: PlannedLife) -> float:
    target = life.events.target[life.is_visit()]
    shops = target[target >= MERCHANT]
    counts = np.sort(np.unique(shops, return_counts=True)[1])
    places = np.arange(1, len(counts) + 1)
    return float(((2 * places - len(counts) - 1) * counts).sum() / (len(counts) * counts.sum()))
