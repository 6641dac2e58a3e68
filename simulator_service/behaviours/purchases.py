"""Purchases: every person, every hour, one draw against that hour's odds. All people and hours at once, in NumPy."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.time.clock import MICROSECONDS
from simulator_service.behaviours import terminals
from simulator_service.people import profiles
from simulator_service.people.population import SHOPS_PER_TOWN, TOWN_SIZE, Population
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.streams import amounts
from simulator_service.streams.randomness import Words, bounded, draws, top_bits

CATEGORIES = tuple(SHOPS_PER_TOWN)
PERSON_HOURS_AT_ONCE = 1_000_000
_ONLINE_PERCENT = np.array([terminals.ONLINE_PERCENT.get(name, 0) for name in CATEGORIES])
_FUEL = CATEGORIES.index("fuel")
_WAYS = tuple(
    terminals.way(card, channel)
    for card in (terminals.DEBIT, terminals.CREDIT)
    for channel in (terminals.CHIP, terminals.CONTACTLESS, terminals.ONLINE)
)
_PURCHASE, _COLLECTED = "purchase", "collected"

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
        self._purposes = ("when", "second", "amount", "category", "shop", "shop again", "card", "channel", "delay")
        self._keys: dict[str, Words] = {name: population.keys(f"purchase {name}") for name in self._purposes}
        self._favourites = population.keys("favourite shop")
        self._shape = np.array(profiles.weekly_shape())
        self._contactless_minor = terminals.CONTACTLESS_LIMIT * population.world.minor_per_unit

    def between(self, first_hour: int, last_hour: int) -> list[Event]:
        """All purchases in the hours first_hour..last_hour - 1, and what is collected in them of others; unsorted.

        Nothing is collected of what was bought before the world began.
        """
        days_before = range(terminals.LONGEST_DELAY_DAYS + 1)
        begun = [np.arange(first_hour - 24 * days, last_hour - 24 * days) for days in days_before]
        hours = np.unique(np.concatenate(begun))
        events = self.bought_in(hours[hours >= self.population.world.start_hour])
        collected = [_collected(event, delay_us) for event, delay_us in events if delay_us]
        first_us, last_us = first_hour * HOUR_US, last_hour * HOUR_US
        both = [event for event, _ in events] + collected
        return [event for event in both if first_us <= event.effective_at_us < last_us]

    def bought_in(self, hours: NDArray[np.int64]) -> list[tuple[Event, int]]:
        """All purchases in these hours, each with how long after it the merchant collects; 0 for at once."""
        step = max(1, PERSON_HOURS_AT_ONCE // max(1, len(self.population.people)))
        events: list[tuple[Event, int]] = []
        for start in range(0, len(hours), step):
            events.extend(self._plan_hours(hours[start : start + step]))
        return events

    def _plan_hours(self, hours: NDArray[np.int64]) -> list[tuple[Event, int]]:
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
        is_online = bounded(words["channel"], 100) < _ONLINE_PERCENT[category]
        channel = np.where(is_online, 2, amounts_minor <= self._contactless_minor)
        is_credit = bounded(words["card"], 100) < population.credit_percents[who]
        days = np.where(is_online, 1 + bounded(words["delay"], terminals.LONGEST_DELAY_DAYS), category == _FUEL)
        effective_us = (hours[when] * 3600 + seconds) * MICROSECONDS
        columns = (who, hours[when], effective_us, amounts_minor, category, shop, 3 * is_credit + channel)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        delays_us = (days * 24 * HOUR_US).tolist()
        return [(self._event(row), delay_us) for row, delay_us in zip(rows, delays_us, strict=True)]

    def _event(self, row: tuple[int, ...]) -> Event:
        who, hour, effective_at_us, amount_minor, category, shop, way = row
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
            way=_WAYS[way],
        )


def hour_of_purchase(event_id: str) -> int:
    """In which hour the purchase with this id is made."""
    return int(event_id.split(".")[1])


def purchase_id(collected: Event) -> str:
    """The id of the purchase that a merchant collects."""
    return collected.id.removesuffix(_COLLECTED) + _PURCHASE


def _collected(event: Event, delay_us: int) -> Event:
    later_id = event.id.removesuffix(_PURCHASE) + _COLLECTED
    return event._replace(id=later_id, type="card_capture", effective_at_us=event.effective_at_us + delay_us)
