"""From income to what is spent on what: budgets by Engel's law, purchases and their sums by budget.

Each person's budgets, bills, rent and savings make up the wage exactly, up to whole cents: who lives so for years has
no more and no less than before.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator_service.planning.event_block import Integers
from simulator_service.presets.preset import Preset
from simulator_service.streams import amounts
from simulator_service.streams.quantiles import INCOME_CLASSES, income_powers
from simulator_service.streams.randomness import Words, bounded, top_bits

MILLION = amounts.MILLION
DAYS_A_MONTH_TIMES_10000 = 304_375
_TASTE_SPREAD, _PRICE_SPREAD = 300_000, 200_000
_LEAST_FOR_LIFE_PERCENT = 50
"""Of a wage, what is left at least for rent, bills and purchases when that is put aside which takes the rest."""

Keys = Callable[[str], Words]


@dataclass(frozen=True, slots=True)
class Budgets:
    """Of each person, by row; of each trade and each bill of the preset, by column. Minor units a month.

    `daily_ppm` is how many purchases are made a day in millionths, `trade_ends` the shares of the trades in them,
    each up to its end of 2**32; `ticket_minor` the mean of a purchase. A bill of 0 is one that the person does not
    get.
    """

    wage_minor: Integers
    rent_minor: Integers
    bill_minor: Integers
    savings_minor: Integers
    cash_minor: Integers
    daily_ppm: Integers
    trade_ends: Integers
    ticket_minor: Integers
    shopping_minor: Integers


def ratios_at(words: Words, spread_millionths: int) -> Integers:
    """The quantiles of these words in a log-normal of mean 1, in millionths."""
    table = np.array(amounts.lognormal_ratios(spread_millionths), dtype=np.int64)
    return table[top_bits(words, amounts.TABLE_BITS)]


def budgets_of(preset: Preset, unit: int, income_words: Words, is_saver: np.ndarray, draw: Keys) -> Budgets:
    """Everybody's budgets. `income_words` place each person in the distribution of incomes; `draw` gives a word for
    each person by purpose; `unit` is a whole unit of the currency in minor units."""
    classes = top_bits(income_words, INCOME_CLASSES.bit_length() - 1)
    spread = preset.income.spread_millionths
    wage = preset.income.mean * unit * ratios_at(income_words, spread) // MILLION // unit * unit

    def by_income(mean: int, engel_percent: int) -> Integers:
        """A mean that grows with income as Engel's law has it."""
        found: Integers = mean * income_powers(spread, engel_percent)[classes]
        return found // MILLION

    rent = by_income(preset.rent * unit, preset.rent_engel_percent)
    rent = rent * ratios_at(draw("rent"), preset.rent_spread_millionths) // MILLION
    bills = [np.zeros_like(wage) for _ in preset.bills]
    rest = np.zeros_like(wage)
    for place, bill in enumerate(preset.bills):
        has = bounded(draw(f"bill {bill.service}"), 100) < bill.share_percent
        if bill.is_rest:
            rest = has * (wage * by_income(bill.mean * MILLION, bill.engel_percent - 100) // (100 * MILLION))
        else:
            price = by_income(bill.mean * unit, bill.engel_percent)
            bills[place] = has * (price * ratios_at(draw(f"price {bill.service}"), _PRICE_SPREAD) // MILLION)
    trades = [
        by_income(trade.budget * unit, trade.engel_percent)
        * ratios_at(draw(f"taste {trade.name}"), _TASTE_SPREAD)
        // MILLION
        for trade in preset.trades
    ]
    cash = by_income(preset.cash.mean * unit, 70) * preset.cash.monthly_hundredths // 100
    savings = is_saver * (wage * preset.habits.saved_percent // 100 // (10 * unit) * 10 * unit)
    for_life = np.maximum(wage - rest - savings, wage * _LEAST_FOR_LIFE_PERCENT // 100)
    wanted = np.maximum(1, rent + sum(bills) + sum(trades) + cash)
    rent = _scaled(rent, for_life, wanted) // (5 * unit) * 5 * unit
    bills = [_scaled(bill, for_life, wanted) for bill in bills]
    trades = [_scaled(trade, for_life, wanted) for trade in trades]
    cash = _scaled(cash, for_life, wanted)
    left = np.maximum(0, wage - savings - rent - cash - sum(bills) - sum(trades))
    for place, bill in enumerate(preset.bills):
        if bill.is_rest:
            bills[place] = left
    rates, tickets = _purchases(preset, unit, trades)
    daily = rates.sum(axis=1)
    ends = np.cumsum(rates, axis=1) * (1 << 20) // np.maximum(1, daily)[:, None] << 12
    return Budgets(
        wage_minor=wage,
        rent_minor=rent,
        bill_minor=np.stack(bills, axis=1),
        savings_minor=savings,
        cash_minor=cash,
        daily_ppm=daily,
        trade_ends=ends,
        ticket_minor=tickets,
        shopping_minor=np.asarray(sum(trades), dtype=np.int64),
    )


def _scaled(parts: Integers, whole: Integers, wanted: Integers) -> Integers:
    return parts * (whole * 10_000 // wanted) // 10_000


def _purchases(preset: Preset, unit: int, budgets: list[Integers]) -> tuple[Integers, Integers]:
    """How often a day and for how much: who spends sixteen times as much on something buys eight times as often."""
    rates, tickets = [], []
    for trade, budget in zip(preset.trades, budgets, strict=True):
        times = budget.astype(np.float64) / (trade.budget * unit)
        dearer = (np.sqrt(np.sqrt(times)) * 1000).astype(np.int64)  # both roots are rounded alike everywhere
        ticket = np.maximum(1, trade.ticket * unit * preset.ticket_percent * dearer // 100_000)
        tickets.append(ticket)
        rates.append(budget * (10_000 * MILLION) // (ticket * DAYS_A_MONTH_TIMES_10000))
    return np.stack(rates, axis=1), np.stack(tickets, axis=1)
