"""Which shop a purchase is made in: of each trade the chains come first and a town's own shops after them, and the
n-th has one n-th of the first one's customers. Most purchases go to the shop that the person always goes to."""

import numpy as np

from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning import parties
from simulator_service.planning.event_block import Integers
from simulator_service.presets.preset import Preset
from simulator_service.streams.quantiles import ranks
from simulator_service.streams.randomness import Words, bounded

LOYAL_PERCENT = 55
"""Of purchases, how many are made in the shop that the person always goes to."""


class Shops:
    """The shops that the people of one plan go to."""

    def __init__(self, people: PresetPeople) -> None:
        self._trades = people.preset.trades
        self._chains = np.array([trade.chains for trade in self._trades])
        self._tables = [trade.chains + trade.locals for trade in self._trades]
        favourites = [
            ranks(people.first(f"favourite {trade.name}"), count)
            for trade, count in zip(self._trades, self._tables, strict=True)
        ]
        self._favourites = np.stack(favourites, axis=1)
        self._towns = people.towns

    def chosen(self, rows: Integers, trades: Integers, words: Words) -> Integers:
        """The codes of the shops in which these people buy things of these trades."""
        place = self._favourites[rows, trades]
        wanders = bounded(words << np.uint64(16), 100) >= LOYAL_PERCENT
        for trade, count in enumerate(self._tables):
            here = wanders & (trades == trade)
            place[here] = ranks(words[here], count)
        chains = self._chains[trades]
        found: Integers = np.where(
            place < chains, parties.chain(trades, place), parties.shop(self._towns[rows], trades, place - chains)
        )
        return found


def chain_codes(preset: Preset) -> list[int]:
    """Every chain, which follow from the preset alone."""
    return [int(parties.chain(trade, place)) for trade, one in enumerate(preset.trades) for place in range(one.chains)]


def town_codes(preset: Preset, town: int) -> list[int]:
    """A town's own shops."""
    return [
        int(parties.shop(town, trade, place)) for trade, one in enumerate(preset.trades) for place in range(one.locals)
    ]
