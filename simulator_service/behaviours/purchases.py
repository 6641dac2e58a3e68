"""Purchases: every person, every hour, one draw against that hour's odds. All people and hours at once, in NumPy."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.clock import MICROSECONDS
from simulator_service.people import profiles
from simulator_service.people.population import SHOPS_PER_TOWN, TOWN_SIZE, Population
from simulator_service.planning.planned_event import Event
from simulator_service.streams import amounts
from simulator_service.streams.randomness import Words, bounded, draws, top_bits

CATEGORIES = tuple(SHOPS_PER_TOWN)
PERSON_HOURS_AT_ONCE = 1_000_000

# Percent of purchases by category for the smaller, middle and larger third of a person's amounts: a coffee is cheap and
# a journey is dear, while each profile's amounts keep the mean and spread the design fixed. In order of CATEGORIES.
_MIX_BY_SIZE = (
    (22, 14, 24, 14, 2, 6, 1, 8, 4, 4, 1),
    (34, 20, 5, 4, 10, 12, 2, 6, 4, 2, 1),
    (26, 14, 0, 1, 13, 21, 9, 6, 4, 2, 4),
)


@cache
def _category_table() -> NDArray[np.int64]:
    """Category index by (third of the amounts, percent)."""
    return np.array([np.repeat(np.arange(len(CATEGORIES)), mix) for mix in _MIX_BY_SIZE], dtype=np.int64)


@cache
def _amount_table() -> NDArray[np.int64]:
    """Ratios to the mean purchase in millionths, by (profile, quantile)."""
    return np.array([amounts.lognormal_ratios(p.amount_spread_millionths) for p in profiles.PROFILES], dtype=np.int64)


def usual_trade(percent: int) -> str:
    """The trade of a middling purchase: 0..99 picks one by its share."""
    return CATEGORIES[int(_category_table()[1, percent])]


class PurchaseStreams:
    """The random streams of all people's purchases, made once for a population."""

    def __init__(self, population: Population) -> None:
        self.population = population
        self._purposes = ("when", "second", "amount", "category", "shop", "shop again")
        self._keys: dict[str, Words] = {name: population.keys(f"purchase {name}") for name in self._purposes}
        self._favourites = population.keys("favourite shop")
        self._shape = np.array(profiles.weekly_shape())

    def between(self, first_hour: int, last_hour: int) -> list[Event]:
        """All purchases in the hours first_hour..last_hour - 1, unsorted."""
        step = max(1, PERSON_HOURS_AT_ONCE // max(1, len(self.population.people)))
        events: list[Event] = []
        for start in range(first_hour, last_hour, step):
            events.extend(self._plan_hours(np.arange(start, min(start + step, last_hour))))
        return events

    def _plan_hours(self, hours: NDArray[np.int64]) -> list[Event]:
        population = self.population
        counters = hours.astype(np.uint64)
        shape = self._shape[(hours + profiles.EPOCH_HOUR_OF_WEEK) % profiles.HOURS_PER_WEEK]
        odds = population.purchase_rates[:, None] * shape[None, :] / amounts.MILLION
        chance = top_bits(draws(self._keys["when"][:, None], counters[None, :]), 53) * 2.0**-53
        who, when = np.nonzero(chance < odds)
        words = {name: draws(keys[who], counters[when]) for name, keys in self._keys.items()}
        seconds = 1 + bounded(words["second"], 3600 - 1)
        quantile = top_bits(words["amount"], amounts.TABLE_BITS)
        ratios = _amount_table()[population.profile_indexes[who], quantile]
        amounts_minor = np.maximum(1, population.purchase_means[who] * ratios // amounts.MILLION)
        category = _category_table()[quantile * 3 // amounts.TABLE_SIZE, bounded(words["category"], 100)]
        counts = np.array([SHOPS_PER_TOWN[name] for name in CATEGORIES])[category]
        # The smaller of two draws, counted from the person's favourite: people return to the shops they know.
        rank = np.minimum(bounded(words["shop"], counts), bounded(words["shop again"], counts))
        shop = (rank + bounded(self._favourites[who], counts)) % counts
        effective_us = (hours[when] * 3600 + seconds) * MICROSECONDS
        columns = (who, hours[when], effective_us, amounts_minor, category, shop)
        return [self._event(row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def _event(self, row: tuple[int, ...]) -> Event:
        who, hour, effective_at_us, amount_minor, category, shop = row
        trade = CATEGORIES[category]
        party = self.population.shops[who // TOWN_SIZE, trade][shop]
        person = f"p{who}"
        return Event(
            id=f"{person}.{hour}.purchase",
            effective_at_us=effective_at_us,
            type="card_purchase",
            source=person,
            target=party.id,
            amount_minor=amount_minor,
            category=trade,
            description=party.name,
        )
