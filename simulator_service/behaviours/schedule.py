"""What the calendar brings: wages, what is arranged beforehand, and how the money they move comes round again.

Each month of each person is planned from that person's streams alone. So is the flow behind it: customers of the
employer pay in before payday, shops and bill senders buy from employers, landlords and shops pay out to other banks.
Attaching those flows to the person who causes them keeps every plan independent of how many people there are.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from shared.time.clock import MICROSECONDS
from simulator_service.behaviours import arranged
from simulator_service.behaviours.person_month import PersonMonth
from simulator_service.behaviours.purchases import usual_trade
from simulator_service.people.population import TOWN_SIZE, Party, Population
from simulator_service.planning.event_block import Intent
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.streams import amounts, calendar_rules
from simulator_service.streams.randomness import draw, stream_key

MONTHS_KEPT = 4
WAGE_HOUR, RECEIPT_HOUR, SUPPLY_HOUR, TAKINGS_HOUR = 2, 9, 16, 18
"""UTC: wages are there before the bank's morning, in which rents and bills are paid."""
_TREATS = ("travel", "electronics")

SUPPLIES = Intent("supplies", "supplies", "Supplies, order {number}")
TAKINGS = Intent("takings", "business", "Takings paid out to another bank")
RECEIPT = Intent("receipt", "business", "Invoice {number} paid")

SUPPLY_DAYS = (6, 13, 20, 27)
TAKINGS_DAYS = (10, 24)
SUPPLY_PERCENT, TAKINGS_PERCENT = 50, 30
"""Of what people spend in shops half buys supplies and three tenths leave the bank. Firms that send bills spend half of
them on supplies too."""

RECEIPT_FLOOR_PERCENT, RECEIPT_MARGIN_PERCENT = 25, 104
"""Employers earn from outside the bank what wages need beyond supplies sold, at least a quarter of the wages."""

OPENING_CAPITAL = {"merchant": 12_000, "landlord": 15_000, "supplier": 40_000}
"""Mean opening balance of a firm in whole currency units; employers start with a month's wages for each employee."""


class Schedule:
    """Calendar events of a population, planned a month at a time and kept while that month is being lived."""

    def __init__(self, population: Population) -> None:
        self.population = population
        self._months: OrderedDict[tuple[int, int], list[Event]] = OrderedDict()
        self._wages: OrderedDict[tuple[int, int], list[Event]] = OrderedDict()

    def between(self, start_us: int, end_us: int) -> list[Event]:
        """Calendar events with start <= effective < end, opening balances included, in no particular order."""
        first = _date_of(start_us) - calendar_rules.ROLL_MARGIN
        last = _date_of(end_us) + calendar_rules.ROLL_MARGIN
        events: list[Event] = []
        for month in calendar_rules.months(first, last):
            planned = self._month(*month)
            low, high = (bisect_left(planned, edge, key=_effective_at_us) for edge in (start_us, end_us))
            events.extend(planned[low:high])
        opening_us = self.population.world.start_hour * HOUR_US
        if start_us <= opening_us < end_us:
            events.extend(_openings(self.population, opening_us))
        return events

    def wages(self, start_us: int, end_us: int) -> list[Event]:
        """The wages with start <= effective < end, by time, then by id."""
        first = _date_of(start_us) - calendar_rules.ROLL_MARGIN
        last = _date_of(end_us) + calendar_rules.ROLL_MARGIN
        paid = (event for month in calendar_rules.months(first, last) for event in self._paid_in(*month))
        found = (event for event in paid if start_us <= event.effective_at_us < end_us)
        return sorted(found, key=lambda event: (event.effective_at_us, event.id))

    def _month(self, year: int, month: int) -> list[Event]:
        return self._kept(self._months, year, month, self._person_month)

    def _paid_in(self, year: int, month: int) -> list[Event]:
        return self._kept(self._wages, year, month, _paid)

    def _kept(
        self,
        kept: OrderedDict[tuple[int, int], list[Event]],
        year: int,
        month: int,
        plan: Callable[[PersonMonth], Iterable[Event]],
    ) -> list[Event]:
        """What everybody's month brings, in order. Two threads may plan the same: both have what they return."""
        found = kept.get((year, month))
        if found is None:
            world = self.population.world
            streams = (PersonMonth(world, person, year, month) for person in self.population.people)
            events = (event for stream in streams for event in plan(stream))
            found = kept[year, month] = sorted(events, key=_effective_at_us)
            if len(kept) > MONTHS_KEPT:
                kept.popitem(last=False)
        return found

    def _person_month(self, month: PersonMonth) -> Iterator[Event]:
        yield from _wages(month)
        yield from arranged.rent_and_savings(month)
        yield from arranged.bills(month)
        trade = _TREATS[month.draw_below("treat trade", len(_TREATS))]
        yield from arranged.treat(month, self._shop_of(month, "treat", trade), trade)
        yield from self._trade(month)

    def _trade(self, month: PersonMonth) -> Iterator[Event]:
        """Shops buy from the person's employer and pay their takings out; so does one of the firms that send bills."""
        person = month.person
        for ordinal, day in enumerate(SUPPLY_DAYS, start=1):
            share = person.spending_minor * SUPPLY_PERCENT // (100 * len(SUPPLY_DAYS))
            yield _supplies(month, f"supplies{ordinal}", day, self._some_shop(month, f"supplies{ordinal}"), share)
        for ordinal, day in enumerate(TAKINGS_DAYS, start=1):
            name = f"takings{ordinal}"
            share = person.spending_minor * TAKINGS_PERCENT // (100 * len(TAKINGS_DAYS))
            yield month.event(
                name, "withdrawal", month.moment(name, month.business_day(day), TAKINGS_HOUR),
                source=self._some_shop(month, name), target=None, amount_minor=month.varied(share, name, 200_000),
                category=TAKINGS.category, description=TAKINGS.description,
            )  # fmt: skip
        bill = person.bills[month.draw_below("bill sender", len(person.bills))]
        share = bill.amount_minor * len(person.bills) * SUPPLY_PERCENT // 100
        yield _supplies(month, "supplies0", SUPPLY_DAYS[0], bill.payee, share)

    def _some_shop(self, month: PersonMonth, name: str) -> Party:
        return self._shop_of(month, name, usual_trade(month.draw_below(f"{name} trade", 100)))

    def _shop_of(self, month: PersonMonth, name: str, trade: str) -> Party:
        shops = self.population.shops[month.person.number // TOWN_SIZE, trade]
        return shops[month.draw_below(f"{name} shop", len(shops))]


def _supplies(month: PersonMonth, name: str, day: int, buyer: Party, mean_minor: int) -> Event:
    order = 10_000 + month.draw_below(f"{name} number", 90_000)
    return month.event(
        name, "transfer", month.moment(name, month.business_day(day), SUPPLY_HOUR),
        source=buyer, target=month.person.employer, amount_minor=month.varied(mean_minor, name, 200_000),
        category=SUPPLIES.category, description=SUPPLIES.description.format(number=order),
    )  # fmt: skip


def _wages(month: PersonMonth) -> Iterator[Event]:
    """Half of the wage on each payday, and what the employer's own customers pay some days before."""
    person, employer = month.person, month.person.employer
    first_half = person.wage_minor // 2
    sold = (person.spending_minor + sum(bill.amount_minor for bill in person.bills)) * SUPPLY_PERCENT // 100
    needed = max(person.wage_minor * RECEIPT_FLOOR_PERCENT // 100, person.wage_minor - sold)
    paydays = calendar_rules.paydays(month.year, month.month)
    for ordinal, payday in enumerate(paydays, start=1):
        yield month.event(
            f"wage{ordinal}", "payroll", month.moment(f"wage{ordinal}", payday, WAGE_HOUR),
            source=employer, target=person.party,
            amount_minor=first_half if ordinal == 1 else person.wage_minor - first_half,
            category="salary", description=f"Salary {employer.name}",
        )  # fmt: skip
        name = f"receipt{ordinal}"
        day = calendar_rules.rolled_back(payday - timedelta(days=1 + month.draw_below(f"{name} day", 3)))
        mean_minor = needed * RECEIPT_MARGIN_PERCENT // (100 * len(paydays))
        invoice = 10_000 + month.draw_below(f"{name} number", 90_000)
        yield month.event(
            name, "deposit", month.moment(name, day, RECEIPT_HOUR),
            source=None, target=employer, amount_minor=month.varied(mean_minor, name, 100_000),
            category=RECEIPT.category, description=RECEIPT.description.format(number=invoice),
        )  # fmt: skip


def _paid(month: PersonMonth) -> Iterator[Event]:
    return (event for event in _wages(month) if event.type == "payroll")


def _openings(population: Population, opening_us: int) -> Iterator[Event]:
    """Everyone's first balance, paid in as the world begins."""
    for person in population.people:
        yield _opening(f"{person.party.id}.opening", opening_us, person.party, person.opening_minor, "Opening balance")
        yield _opening(f"{person.party.id}.capital", opening_us, person.employer, person.wage_minor, "Capital paid in")
    for party in population.parties():
        if party.kind in OPENING_CAPITAL:
            key = stream_key(population.world.seed, party.id, "capital")
            ratio = amounts.lognormal_ratios(500_000)[draw(key, 0) >> (64 - amounts.TABLE_BITS)]
            mean = OPENING_CAPITAL[party.kind] * population.world.minor_per_unit
            yield _opening(f"{party.id}.opening", opening_us, party, amounts.scaled(mean, ratio), "Opening balance")


def _opening(event_id: str, opening_us: int, party: Party, amount_minor: int, text: str) -> Event:
    return Event(event_id, opening_us, "deposit", None, party.id, amount_minor, "opening", text)


def _effective_at_us(event: Event) -> int:
    return event.effective_at_us


def _date_of(moment_us: int) -> date:
    return datetime.fromtimestamp(moment_us // MICROSECONDS, UTC).date()
