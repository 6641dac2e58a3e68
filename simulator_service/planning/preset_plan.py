"""The plan of people with a preset, in columns: purchases by the week, the rest by the month, each planned once and
kept while it is lived. Any split of a period, of people or of processes gives the same events.
"""

from collections import OrderedDict
from collections.abc import Callable

from simulator_service.behaviours import aside, household, openings, payroll, takings
from simulator_service.behaviours.month import Month, Streams, month_of
from simulator_service.behaviours.visits import ORDINALS_A_DAY, Visits
from simulator_service.market.shops import chain_codes, town_codes
from simulator_service.people.population import TOWN_SIZE, World
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import EventBlock, Intent, joined
from simulator_service.planning.parties import LANDLORD, SUPPLIER, PartyIds
from simulator_service.presets.preset import Preset
from simulator_service.streams import local_time

WEEKS_KEPT, MONTHS_KEPT = 14, 3
LONGEST_DELAY_DAYS = 4
"""So many days after a purchase the last of it is collected."""
MARGIN_DAYS = 9
"""So far from its month an event may lie: announcements, receipts, and days that roll."""
_DAYS_A_WEEK = 7


class PresetPlan:
    """The plan of the people of `numbers`, and of the firms that they deal with."""

    def __init__(self, world: World, preset: Preset, numbers: range | None = None) -> None:
        self.world, self.preset = world, preset
        self.people = PresetPeople(world, preset, range(world.customers) if numbers is None else numbers)
        trades = tuple(trade.name for trade in preset.trades)
        self.ids = PartyIds(trades, tuple(bill.service for bill in preset.bills))
        self.intents = (
            *(Intent("purchase", trade, "{target}") for trade in trades),
            *(Intent("collected", trade, "{target}") for trade in trades),
            *household.intents_of(preset),
            *payroll.INTENTS,
            *takings.INTENTS,
            *aside.INTENTS,
            *openings.INTENTS,
        )
        of_household = 2 * len(trades)
        of_payroll = of_household + len(household.intents_of(preset))
        of_takings = of_payroll + len(payroll.INTENTS)
        of_aside = of_takings + len(takings.INTENTS)
        self._first_intents = (of_household, of_payroll, of_takings, of_aside, of_aside + len(aside.INTENTS))
        self._visits, self._streams = Visits(self.people), Streams(self.people)
        self._weeks: OrderedDict[int, EventBlock] = OrderedDict()
        self._months: OrderedDict[int, EventBlock] = OrderedDict()

    def between(self, start_s: int, end_s: int) -> EventBlock:
        """Events with start <= time < end, in seconds since the epoch, in order; nothing before the world began."""
        start_s = max(start_s, self.world.start_hour * 3600)
        if end_s <= start_s:
            return joined(())
        zone = self.preset.zone
        first, last = local_time.local_day(start_s, zone), local_time.local_day(end_s, zone)
        weeks = range((first - LONGEST_DELAY_DAYS) // _DAYS_A_WEEK, (last + 1) // _DAYS_A_WEEK + 1)
        months = range(_month_number(first - MARGIN_DAYS), _month_number(last + MARGIN_DAYS) + 1)
        parts = [self._week(week).between(start_s, end_s) for week in weeks]
        parts += [self._month(month).between(start_s, end_s) for month in months]
        if start_s == self.world.start_hour * 3600:
            parts += [*self._openings()]
        return joined(parts).sorted()

    def wages(self, start_s: int, end_s: int) -> EventBlock:
        """The wages with start <= time < end, in order; nothing else is planned for it."""
        first, last = (local_time.local_day(at_s, self.preset.zone) for at_s in (start_s, end_s))
        months = range(_month_number(first - MARGIN_DAYS), _month_number(last + MARGIN_DAYS) + 1)
        of_payroll = self._first_intents[1]
        paid = joined(block for month in months for block in payroll.events(self._month_of(month), of_payroll))
        return paid.picked(paid.intent == of_payroll).sorted().between(start_s, end_s)

    def bought_on(self, days: range) -> EventBlock:
        """The purchases on these days of the people's clocks, without collections; none before the world began."""
        weeks = range(days.start // _DAYS_A_WEEK, (days.stop - 1) // _DAYS_A_WEEK + 1)
        found = joined(self._week(week) for week in weeks)
        day = found.ordinal // ORDINALS_A_DAY
        is_purchase = found.intent < len(self.preset.trades)
        return found.picked(is_purchase & (day >= days.start) & (day < days.stop))

    def firms(self) -> list[int]:
        """The codes of all firms that the people deal with, in an order that those who join later do not change."""
        towns = range(-(-self.world.customers // TOWN_SIZE))
        employers = list(dict.fromkeys(self.people.employers.tolist()))
        landlords = [LANDLORD + 2 * town + place for town in towns for place in (0, 1)]
        suppliers = [SUPPLIER + place for place in range(len(self.preset.bills))]
        shops = [code for town in towns for code in town_codes(self.preset, town)]
        return [*employers, *landlords, *suppliers, *chain_codes(self.preset), *shops]

    def _week(self, week: int) -> EventBlock:
        """Purchases made in a week and all that is collected of them."""
        days = range(week * _DAYS_A_WEEK, (week + 1) * _DAYS_A_WEEK)
        return _kept(self._weeks, week, WEEKS_KEPT, lambda: self._shopped(days).sorted())

    def _shopped(self, days: range) -> EventBlock:
        found = self._visits.on(days)
        bought = found.picked(found.intent < len(self.preset.trades))
        return joined((found, aside.before_dear(self.people, bought, self._first_intents[3])))

    def _month(self, number: int) -> EventBlock:
        def plan() -> EventBlock:
            month, before = self._month_of(number), self._month_of(number - 1)
            bought = self.bought_on(range(month.first_day - aside.DAYS_LOOKED_AT, month.first_day + month.days))
            day = bought.ordinal // ORDINALS_A_DAY
            of_before = bought.picked((day >= before.first_day) & (day < month.first_day))
            of_household, of_payroll, of_takings, of_aside, _ = self._first_intents
            found = joined(
                [
                    *household.events(month, of_household),
                    *payroll.events(month, of_payroll),
                    takings.takings(month, of_before, of_takings),
                    *aside.on_paydays(month, self._streams, bought, of_aside),
                ]
            )
            return found.sorted()

        return _kept(self._months, number, MONTHS_KEPT, plan)

    def _month_of(self, number: int) -> Month:
        return Month(self.people, self._streams, number // 12, number % 12 + 1)

    def _openings(self) -> list[EventBlock]:
        first = self._first_intents[4]
        own = list(openings.of_people(self.people, self._streams, first))
        if self.people.numbers[0] == 0:
            own.append(openings.of_firms(self.people, self.firms(), self.ids, first))
        return own


def _kept(kept: OrderedDict[int, EventBlock], place: int, count: int, plan: Callable[[], EventBlock]) -> EventBlock:
    """What was planned before; else it is planned now, and the oldest is forgotten.

    Two threads may plan the same, and either may forget what the other has just kept: both have what they return.
    """
    found = kept.get(place)
    if found is None:
        found = kept[place] = plan()
        if len(kept) > count:
            kept.popitem(last=False)
    return found


def _month_number(day: int) -> int:
    year, month = month_of(day)
    return year * 12 + month - 1
