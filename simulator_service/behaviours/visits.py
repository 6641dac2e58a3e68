"""Purchases of people with budgets: how many a day, when, of what, where, for how much and with which card.

The count of a day is Poisson about the person's own rate, times a gamma factor for the day, times what the day of the
week and the last wage make of it; each purchase falls into an hour of the people's own clocks. The sums belong to the
trade and the person. All people and days at once, in NumPy.
"""

from datetime import date

import numpy as np

from simulator_service.behaviours import terminals
from simulator_service.market.shops import Shops
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import KIND, WAY, EventBlock, Integers, block, joined
from simulator_service.streams import amounts, local_time
from simulator_service.streams.pay_calendars import PAY_CALENDARS, days_since_payday
from simulator_service.streams.quantiles import moods, shared_out, waiting_times
from simulator_service.streams.randomness import Words, bounded, draws, top_bits

MILLION = amounts.MILLION
MOST_A_DAY = 31
"""Nobody buys more often in a day: the counter of a stream has room for no more."""
ORDINALS_A_DAY = MOST_A_DAY + 1
"""The ordinal of a purchase is that of its day times this, and its number on it."""
_HOUR_BITS = 12
_FROM, _AVERAGED = local_time.day_number(date(2024, 1, 1)), 4 * 364
"""The days over which the factors of days average 1: whole weeks, over all phases of the pay calendars."""
_PURPOSES = ("when", "hour", "trade", "amount", "shop", "way")


class Visits:
    """The streams of all purchases of some people."""

    def __init__(self, people: PresetPeople) -> None:
        self._people, self._shops = people, Shops(people)
        self._keys = {name: people.keys(f"visit {name}") for name in _PURPOSES}
        rhythm = people.preset.rhythm
        self._week = (rhythm.workday,) * 5 + (rhythm.saturday, rhythm.sunday)
        self._hours = np.stack([shared_out(hours, 1 << _HOUR_BITS) for hours in self._week])
        self._usual = self._averages()
        trades = people.preset.trades
        self._ratios = np.array([amounts.lognormal_ratios(trade.spread_millionths) for trade in trades], dtype=np.int64)
        self._online = np.array([trade.online_percent for trade in trades])
        self._is_fuel = np.array([trade.name == "fuel" for trade in trades])
        self._contactless_minor = terminals.CONTACTLESS_LIMIT * people.world.minor_per_unit

    def on(self, days: range) -> EventBlock:
        """All purchases on these days of the people's clocks (days since the epoch), and the collections of those that
        merchants collect later; in no order. Nothing is bought before the world began."""
        rows, day, nth = self._counted(days)
        counter = (day * ORDINALS_A_DAY + nth).astype(np.uint64)
        word: dict[str, Words] = {
            name: draws(keys[rows], counter) for name, keys in self._keys.items() if name != "when"
        }
        trade = (top_bits(word["trade"], 32)[:, None] >= self._people.budgets.trade_ends[rows]).sum(axis=1)
        ratio = self._ratios[trade, top_bits(word["amount"], amounts.TABLE_BITS)]
        amount_minor = np.maximum(1, self._people.budgets.ticket_minor[rows, trade] * ratio // MILLION)
        hour = self._hours[(day + 3) % 7, top_bits(word["hour"], _HOUR_BITS)]
        second = 1 + bounded(word["hour"] << np.uint64(_HOUR_BITS), 3599)
        is_online = bounded(word["way"], 100) < self._online[trade]
        is_credit = bounded(word["way"] << np.uint64(16), 100) < self._people.credit_percents[rows]
        channel = np.where(is_online, 2, amount_minor <= self._contactless_minor)
        delay = np.where(is_online, 1 + bounded(word["way"] << np.uint64(32), terminals.LONGEST_DELAY_DAYS), 0)
        delay = np.where(self._is_fuel[trade] & ~is_online, 1, delay)
        bought = block(
            local_time.instants(day, hour, second, self._people.preset.zone),
            owner=self._people.numbers[rows],
            source=self._people.persons[rows],
            target=self._shops.chosen(rows, trade, word["shop"]),
            kind=KIND["card_purchase"],
            amount_minor=amount_minor,
            intent=trade,
            ordinal=counter.astype(np.int64),
            way=np.where(is_credit, WAY["credit.chip"], WAY["debit.chip"]) + channel,
        )
        lived = bought.at_s >= self._people.world.start_hour * 3600
        bought, delay = bought.picked(lived), delay[lived]
        return joined((bought, self._collected(bought, delay)))

    def _collected(self, bought: EventBlock, delay: Integers) -> EventBlock:
        later = bought.picked(delay > 0)
        return block(
            later.at_s + delay[delay > 0] * 86_400,
            owner=later.owner,
            source=later.source,
            target=later.target,
            kind=KIND["card_capture"],
            amount_minor=later.amount_minor,
            intent=later.intent + len(self._online),
            ordinal=later.ordinal,
            way=later.way,
        )

    def _counted(self, days: range) -> tuple[Integers, Integers, Integers]:
        """For each purchase: the row of its person, its day, and its place among that day's purchases, from 0."""
        day = np.arange(days.start, days.stop, dtype=np.int64)
        first = (day * ORDINALS_A_DAY).astype(np.uint64)
        mood = moods(draws(self._keys["when"][:, None], first[None, :] + np.uint64(MOST_A_DAY)))
        usual = self._factors(days)[self._people.calendars] * self._people.budgets.daily_ppm[:, None] // MILLION
        wanted = (usual * mood // MILLION).ravel()
        keys, counters = np.repeat(self._keys["when"], len(day)), np.tile(first, len(self._people))
        waits, cells = waiting_times(), np.arange(len(wanted))
        waited = np.zeros(len(wanted), dtype=np.int64)
        found: list[Integers] = []
        for nth in range(MOST_A_DAY):
            words = draws(keys[cells], counters[cells] + np.uint64(nth))
            waited = waited + waits[top_bits(words, amounts.TABLE_BITS)]
            goes_on = waited < wanted[cells]
            cells, waited = cells[goes_on], waited[goes_on]
            if not len(cells):
                break
            found.append(cells)
        each = np.concatenate(found) if found else cells
        nths = np.concatenate([np.full(len(one), nth) for nth, one in enumerate(found)]) if found else cells
        return each // len(day), day[each % len(day)], nths

    def _factors(self, days: range) -> Integers:
        """What each day makes of usual rates, in millionths, by pay calendar and day."""
        plain = np.array(
            [[self._plain(place, day) for day in days] for place in range(len(PAY_CALENDARS))], dtype=np.int64
        )
        return plain * MILLION // self._usual[:, None]

    def _averages(self) -> Integers:
        """The mean of the factors of each pay calendar, before they are made to average 1."""
        days = range(_FROM, _FROM + _AVERAGED)
        sums = [sum(self._plain(place, day) for day in days) for place in range(len(PAY_CALENDARS))]
        return np.array(sums, dtype=np.int64) // len(days)

    def _plain(self, place: int, day: int) -> int:
        """The weight of a weekday, more so some days after a wage; 1970 began on a Thursday."""
        after = self._people.preset.rhythm.after_wage_percent
        since = days_since_payday(PAY_CALENDARS[place], day)
        return sum(self._week[(day + 3) % 7]) * (100 + (after[since] if since < len(after) else 0))
