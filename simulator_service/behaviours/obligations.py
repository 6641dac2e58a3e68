"""What everybody will have to pay on which day, as far as it is arranged: rent, savings and bills."""

import numpy as np

from simulator_service.behaviours.month import Month, Streams, month_of
from simulator_service.people.budgets import DAYS_A_MONTH_TIMES_10000
from simulator_service.people.preset_people import PresetPeople
from simulator_service.planning.event_block import Integers


def due(people: PresetPeople, streams: Streams, days: range) -> Integers:
    """What is due by person and day, in minor units; bills that vary at their mean."""
    found = np.zeros((len(people), len(days)), dtype=np.int64)
    rows = np.arange(len(people))

    def add(day: Integers, amount_minor: Integers) -> None:
        seen = (day >= days.start) & (day < days.stop)
        np.add.at(found, (rows[seen], day[seen] - days.start), amount_minor[seen])

    begin, end = (year * 12 + month - 1 for year, month in (month_of(days.start), month_of(days.stop)))
    for number in range(begin - 1, end + 1):  # what rolls over a month's end is of the month before
        month = Month(people, streams, number // 12, number % 12 + 1)
        add(month.business_days(people.rent_days), people.budgets.rent_minor)
        add(month.business_days(people.savings_days), people.budgets.savings_minor)
        for place in range(len(people.preset.bills)):
            add(month.business_days(people.billed_days[:, place]), people.budgets.bill_minor[:, place])
    return found


def everyday_minor(people: PresetPeople, days: Integers | int) -> Integers:
    """What so many days of purchases and cash cost on average."""
    return shopping_minor(people, days) + people.budgets.cash_minor * days * 10_000 // DAYS_A_MONTH_TIMES_10000


def shopping_minor(people: PresetPeople, days: Integers | int) -> Integers:
    """What the purchases of so many days cost on average."""
    found: Integers = people.budgets.shopping_minor * days * 10_000 // DAYS_A_MONTH_TIMES_10000
    return found
