"""The people of a world with a preset, as columns: income, budgets, habits, homes and employers of each.

Everything about person n follows from the seed and n alone, as in the base model (population.py). The columns are of a
range of people, so that several processes can plan parts of a world.
"""

from functools import cached_property
from math import isqrt

import numpy as np

from simulator_service.people.budgets import Budgets, budgets_of
from simulator_service.people.population import EMPLOYER_BLOCK, NEW_EMPLOYER_WEIGHT, TOWN_SIZE, World
from simulator_service.planning.event_block import Integers
from simulator_service.planning.parties import EMPLOYER, LANDLORD, PERSON, SAVINGS
from simulator_service.presets.preset import CADENCES, Preset
from simulator_service.streams import local_time
from simulator_service.streams.pay_calendars import PAY_CALENDARS
from simulator_service.streams.quantiles import shared_out
from simulator_service.streams.randomness import Words, bounded, draw_below, draws, stream_key

BILLING_DAYS, RENT_DAYS, SAVINGS_DAYS = 28, 5, 4
LENT_MONTHLY = 900
"""What people pay by credit card in a month at most, in whole units: well less than the bank's ordinary card lends."""
_IRRATIONALS = {"income": 2, "opening": 3, "cadence": 7, "credit card": 11, "strained": 13, "saver": 17}
"""Whose square roots people are spread along, so that even a few show about the shares that are wanted, each by
itself."""
_MASK = (1 << 64) - 1


class PresetPeople:
    """Rows are the people of `numbers`; see each column for its unit.

    `first_day` is the first day that is lived as a whole, since the epoch; `first_month` the first such month, since
    the year 0. `calendars` are places in PAY_CALENDARS, `founders` who founded each one's employer.
    """

    def __init__(self, world: World, preset: Preset, numbers: range) -> None:
        self.world, self.preset = world, preset
        self.numbers = np.arange(numbers.start, numbers.stop, dtype=np.int64)
        self.persons, self.savings_accounts = PERSON + self.numbers, SAVINGS + self.numbers
        self.towns = self.numbers // TOWN_SIZE
        unit = world.minor_per_unit
        self.is_saver = self._share("saver") < preset.habits.savers_percent
        self.budgets: Budgets = budgets_of(preset, unit, self.spread("income"), self.is_saver, self.first)
        self.calendars = self._calendars()
        self.has_credit_card = self._share("credit card") < preset.habits.credit_card_percent
        self.billing_days = self.has_credit_card * (1 + bounded(self.first("billing day"), BILLING_DAYS))
        bearable = 100 * LENT_MONTHLY * unit // np.maximum(1, self.budgets.shopping_minor)
        by_credit = np.minimum(preset.habits.by_credit_percent, bearable)
        self.credit_percents: Integers = self.has_credit_card * by_credit
        self.is_strained = self._share("strained") < preset.habits.strained_percent
        self.lets_collect = bounded(self.first("lets collect"), 100) < preset.habits.collected_percent
        self.rent_days: Integers = 1 + bounded(self.first("rent day"), RENT_DAYS)
        self.savings_days: Integers = 2 + bounded(self.first("savings day"), SAVINGS_DAYS)
        self.billed_days = np.stack(
            [1 + bounded(self.first(f"day {bill.service}"), 31) for bill in preset.bills], axis=1
        )
        self.landlords = LANDLORD + 2 * self.towns + bounded(self.first("landlord"), 2)
        self.founders = self._founders(numbers)
        self.employers = EMPLOYER + self.founders
        zone, start_s = preset.zone, world.start_hour * 3600
        self.first_day = local_time.local_day(start_s - 1, zone) + 1
        first_on = local_time.day_of_number(self.first_day)
        self.first_month = first_on.year * 12 + first_on.month - (first_on.day == 1)

    def __len__(self) -> int:
        return len(self.numbers)

    def keys(self, purpose: str) -> Words:
        """Everybody's stream key for a purpose."""
        seed = self.world.seed
        return np.array([stream_key(seed, f"p{number}", purpose) for number in self.numbers.tolist()], dtype=np.uint64)

    def first(self, purpose: str) -> Words:
        """The first word of everybody's stream for a purpose."""
        return draws(self.keys(purpose), np.zeros(1, dtype=np.uint64))

    def spread(self, purpose: str) -> Words:
        """Words spread evenly over the people in the order in which they join."""
        step = _root_fraction(_IRRATIONALS[purpose])
        start = stream_key(self.world.seed, "mix", purpose)
        return np.uint64(start) + self.numbers.astype(np.uint64) * np.uint64(step)

    @cached_property
    def opening_savings_minor(self) -> Integers:
        """What lies on the savings accounts of those who save."""
        return self.is_saver * (self.budgets.wage_minor * self.preset.opening.savings_percent // 100)

    def _share(self, purpose: str) -> Integers:
        """0..99 for everybody, spread evenly."""
        return bounded(self.spread(purpose), 100)

    def _calendars(self) -> Integers:
        """Places in PAY_CALENDARS: the cadences have their shares, and the days of a cadence are equally frequent."""
        cadence = shared_out(self.preset.income.cadences_permille, 1000)[bounded(self.spread("cadence"), 1000)]
        word, chosen = self.first("payday"), np.zeros(len(self), dtype=np.int64)
        for place, name in enumerate(CADENCES):
            of_it = np.array([n for n, calendar in enumerate(PAY_CALENDARS) if calendar.cadence == name])
            chosen = np.where(cadence == place, of_it[bounded(word, len(of_it))], chosen)
        return chosen

    def _founders(self, numbers: range) -> Integers:
        """Who founded each person's employer: that of a random earlier colleague, or the person, ever more rarely."""
        first = numbers.start - numbers.start % EMPLOYER_BLOCK
        founders: list[int] = []
        for number in range(first, numbers.stop):
            begin = number - number % EMPLOYER_BLOCK
            key = stream_key(self.world.seed, f"p{number}", "employer")
            choice = draw_below(key, 0, number - begin + NEW_EMPLOYER_WEIGHT)
            founders.append(number if choice >= number - begin else founders[begin - first + choice])
        return np.array(founders[numbers.start - first :], dtype=np.int64)


def _root_fraction(prime: int) -> int:
    """The binary fraction of the square root of a prime, 64 bits of it."""
    return isqrt(prime << 128) & _MASK


def cadences_of(people: PresetPeople) -> tuple[str, ...]:
    """The name of everybody's pay cadence."""
    return tuple(PAY_CALENDARS[place].cadence for place in people.calendars.tolist())
