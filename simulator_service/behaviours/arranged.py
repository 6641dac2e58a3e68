"""What people have arranged beforehand: rent and savings by standing order, bills by direct debit or by card.

The bank itself pays standing orders and collects direct debits, early in its morning; a creditor announces what it will
collect some days before.
"""

from collections.abc import Iterator
from datetime import date

from simulator_service.behaviours.person_month import PersonMonth
from simulator_service.behaviours.terminals import CREDIT, DEBIT, ONLINE, RECURRING, way
from simulator_service.people.population import Bill, Party, Person
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.streams import calendar_rules
from simulator_service.streams.bank_mornings import day_of, morning_us

ANNOUNCED_BEFORE_US = 72 * HOUR_US
UPKEEP_HOUR, BILL_HOUR, TREAT_HOUR = 10, 8, 18
UPKEEP_PERCENT = 75
"""Landlords keep a quarter of rents."""
RENT, SAVINGS = "rent", "savings"
_TREAT = "treat"
_TREAT_SPREAD = 60_000
_TREAT_BEFORE_BILL_DAYS = 5


def bill_name(bill: Bill) -> str:
    """A bill among those of one person."""
    return bill.kind.service.lower().replace(" ", "_")


def first_day_after(day_of_month: int, since_us: int, zone: str) -> date:
    """The first such day after the bank's day at an instant: on which an order begins that is placed then."""
    today = day_of(since_us, zone)
    first, second, *_ = (
        day
        for year, month in calendar_rules.months(today, date(today.year + 1, today.month, 1))
        if (day := calendar_rules.day_of_month(year, month, day_of_month)) > today
    )
    return min(first, second)


def is_ordered(event: Event, day_of_month: int, since_us: int, zone: str) -> bool:
    """Whether the bank pays this by an order that was placed at an instant."""
    first = first_day_after(day_of_month, since_us, zone)
    return event.effective_at_us >= morning_us(calendar_rules.rolled_forward(first), zone)


def is_announced(event: Event, since_us: int) -> bool:
    """Whether this direct debit is announced only after its mandate was given."""
    return event.effective_at_us - ANNOUNCED_BEFORE_US >= since_us


def rent_and_savings(month: PersonMonth) -> Iterator[Event]:
    """Standing orders, and the landlord's own costs once the rent is in."""
    person, landlord = month.person, month.person.landlord
    rent_day = month.business_day(person.rent_day)
    yield month.event(
        RENT, "standing_order", month.morning(rent_day),
        source=person.party, target=landlord, amount_minor=person.rent_minor,
        category="housing", description=f"Rent {landlord.name}",
    )  # fmt: skip
    yield month.event(
        "upkeep", "withdrawal", month.moment("upkeep", rent_day, UPKEEP_HOUR),
        source=landlord, target=None, amount_minor=person.rent_minor * UPKEEP_PERCENT // 100,
        category="business", description="Mortgage and upkeep paid to another bank",
    )  # fmt: skip
    if person.habits.savings_minor:
        yield month.event(
            SAVINGS, "standing_order", month.morning(month.business_day(person.habits.savings_day)),
            source=person.party, target=person.savings, amount_minor=person.habits.savings_minor,
            category="savings", description="Savings",
        )  # fmt: skip


def bills(month: PersonMonth) -> Iterator[Event]:
    """Direct debits with their announcements, bills that people pay themselves, subscriptions that are paid by card."""
    for bill in month.person.bills:
        name, amount = bill_name(bill), bill.amount_minor
        if bill.kind.variation_millionths:
            amount = month.varied(amount, name, bill.kind.variation_millionths)
        day = month.business_day(bill.billing_day)
        paid = month.event(
            name, "bill_payment", month.moment(name, day, BILL_HOUR),
            source=month.person.party, target=bill.payee, amount_minor=amount,
            category=bill.kind.category, description=bill.payee.name,
        )  # fmt: skip
        if bill.kind.is_by_card:
            yield paid._replace(type="card_purchase", way=way(usual_card(month.person, bill.billing_day), RECURRING))
        elif is_collected(month.person, bill):
            due_us = month.morning(day)
            yield paid._replace(type="direct_debit", effective_at_us=due_us)
            announced_us = due_us - ANNOUNCED_BEFORE_US
            yield paid._replace(id=f"{paid.id}.announced", type="collection", effective_at_us=announced_us)
        else:
            yield paid


def is_collected(person: Person, bill: Bill) -> bool:
    """Whether whoever sends the bill collects it by direct debit."""
    return person.habits.lets_collect and not bill.kind.is_by_card


def treat(month: PersonMonth, shop: Party, trade: str) -> Iterator[Event]:
    """Somebody who is strained buys something dear by credit card, some days before the bill is due."""
    habits = month.person.habits
    if not habits.treat_minor:
        return
    day = max(1, habits.billing_day - _TREAT_BEFORE_BILL_DAYS)
    yield month.event(
        _TREAT, "card_purchase", month.moment(_TREAT, date(month.year, month.month, day), TREAT_HOUR),
        source=month.person.party, target=shop, amount_minor=month.varied(habits.treat_minor, _TREAT, _TREAT_SPREAD),
        category=trade, description=shop.name, way=way(CREDIT, ONLINE),
    )  # fmt: skip


def is_treat(event: Event) -> bool:
    """Whether this is bought by credit card or not at all: nobody would have the money for it."""
    return event.id.endswith(f".{_TREAT}")


def usual_card(person: Person, percent: int) -> str:
    """With which card the person pays a bill of this day."""
    return CREDIT if percent * 3 < person.habits.credit_percent else DEBIT
