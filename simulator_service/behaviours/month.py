"""A month of all people of a plan: their streams for it, and where its days lie in time."""

from datetime import date

import numpy as np

from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import Integers
from simulator_service.streams import amounts, calendar_rules, local_time
from simulator_service.streams.bank_mornings import morning_us
from simulator_service.streams.randomness import Words, bounded, draws, top_bits

SLOTS = 64
"""So many words of a stream belong to one month."""


class Streams:
    """Streams of the people by purpose, made when they are first wanted."""

    def __init__(self, people: PresetPeople) -> None:
        self._people = people
        self._keys: dict[str, Words] = {}

    def words(self, purpose: str, counter: int) -> Words:
        """Everybody's word at a place of the stream for a purpose."""
        if purpose not in self._keys:
            self._keys[purpose] = self._people.keys(purpose)
        return draws(self._keys[purpose], np.array([counter], dtype=np.uint64))


class Month:
    """One month. `number` counts months from the year 0."""

    def __init__(self, people: PresetPeople, streams: Streams, year: int, month: int) -> None:
        self.people, self.year, self.month = people, year, month
        self.number = year * 12 + month - 1
        self.zone = people.preset.zone
        self._streams = streams
        nominal = [calendar_rules.day_of_month(year, month, day) for day in range(1, 32)]
        rolled = [calendar_rules.rolled_forward(day) for day in nominal]
        self._business = np.array([0, *map(local_time.day_number, rolled)], dtype=np.int64)
        mornings = [morning_us(day, people.world.zone) // 1_000_000 for day in rolled]
        self._mornings = np.array([0, *mornings], dtype=np.int64)
        self.first_day = local_time.day_number(nominal[0])
        self.days = local_time.day_number(nominal[-1]) - self.first_day + 1

    def words(self, purpose: str, slot: int = 0) -> Words:
        """Everybody's word of this month for a purpose."""
        return self._streams.words(purpose, self.number * SLOTS + slot)

    def below(self, purpose: str, bound: int, slot: int = 0) -> Integers:
        """A number below `bound` for everybody."""
        return bounded(self.words(purpose, slot), bound)

    def ratio(self, purpose: str, spread_millionths: int, slot: int = 0) -> Integers:
        """A log-normal ratio of mean 1 for everybody, in millionths."""
        table = np.array(amounts.lognormal_ratios(spread_millionths), dtype=np.int64)
        return table[top_bits(self.words(f"{purpose} ratio", slot), amounts.TABLE_BITS)]

    def varied(self, mean_minor: Integers, purpose: str, spread_millionths: int, slot: int = 0) -> Integers:
        """Amounts about their means."""
        found: Integers = mean_minor * self.ratio(purpose, spread_millionths, slot) // amounts.MILLION
        return np.maximum(1, found)

    def business_days(self, days_of_month: Integers) -> Integers:
        """The next days on which banks work, in days since the epoch."""
        return self._business[days_of_month]

    def mornings(self, days_of_month: Integers) -> Integers:
        """When the bank pays what is arranged for these days, in seconds since the epoch."""
        return self._mornings[days_of_month]

    def moments(self, purpose: str, days: Integers, first_hour: int, hours: int, slot: int = 0) -> Integers:
        """Some second of so many hours from one on, by the people's clocks, of everybody's day."""
        word = self.words(f"{purpose} moment", slot)
        hour = first_hour + bounded(word, hours)
        return local_time.instants(days, hour, bounded(word << np.uint64(24), 3600), self.zone)


def month_of(day: int) -> tuple[int, int]:
    """Year and month of a day since the epoch."""
    on: date = local_time.day_of_number(day)
    return on.year, on.month
