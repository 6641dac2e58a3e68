"""The bank over time, for administrators: deposits and cash, who holds how much, and when people pay."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, case, func, select

from reporting_service.models import balances, entries, legs, turnover
from shared.amounts import money
from shared.time.business_days import (
    QUARTER_US,
    day_end_us,
    day_number,
    day_of_number,
    day_start_us,
    number_of_day,
    time_zone,
)
from shared.time.clock import MICROSECONDS

LORENZ_POINTS = 20
_DECILES = 10
_READ_AT_ONCE = 10_000
_EXACT = Context(prec=40)
_STEP = Decimal("0.0001")
_HOURS, _WEEKDAYS = 24, 7


def liquidity(connection: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """At the end of each day: what customers hold together, and the bank's cash, by currency."""
    deposits = _customer_days(connection, last)
    cash = _cash_days(connection, first)
    found = []
    for currency in sorted({*deposits, *cash}):
        days = []
        for number in range(number_of_day(first), number_of_day(last) + 1):
            held_minor = _up_to(deposits.get(currency, ([], [])), number)
            cash_minor = _up_to(cash.get(currency, ([], [])), number)
            days.append(
                {
                    "date": day_of_number(number).isoformat(),
                    "customers": money.to_text(held_minor, currency),
                    "cash": money.to_text(cash_minor, currency),
                }
            )
        found.append({"currency": currency, "days": days})
    return found


_Curve = tuple[Sequence[int], Sequence[int]]
"""Days that something moved on, rising, and what it came to at the end of each."""


def _customer_days(connection: Connection, last: date) -> dict[str, _Curve]:
    net = func.sum(turnover.c.income_minor - turnover.c.expense_minor)
    query = (
        select(turnover.c.currency, turnover.c.day, net)
        .where(turnover.c.day <= number_of_day(last))
        .group_by(turnover.c.currency, turnover.c.day)
        .order_by(turnover.c.day)
    )
    return _curves((row[0], int(row[1]), int(row[2])) for row in connection.execute(query))


def _cash_days(connection: Connection, first: date) -> dict[str, _Curve]:
    """From what there is now back to the first day. Cash is an asset: what comes in stands there negative."""
    kept = (balances.c.owner_id.is_(None), balances.c.account_id.like("bank:cash:%"))
    query = select(balances.c.account_id, balances.c.currency, balances.c.balance_minor).where(*kept)
    found: dict[str, _Curve] = {}
    for account_id, currency, balance_minor in connection.execute(query):
        moved: defaultdict[int, int] = defaultdict(int)
        since = (legs.c.account_id == account_id, legs.c.effective_at >= day_start_us(first))
        with connection.execution_options(yield_per=_READ_AT_ONCE).execute(
            select(legs.c.effective_at, legs.c.amount_minor).where(*since)
        ) as rows:
            for effective_at, amount_minor in rows:
                moved[day_number(effective_at)] -= amount_minor
        days = sorted(moved)
        before = -balance_minor - sum(moved.values())
        totals = list(accumulate((moved[day] for day in days), initial=before))
        found[currency] = ([number_of_day(first) - 1, *days], totals)
    return found


def _curves(rows: Any) -> dict[str, _Curve]:
    moved: defaultdict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for currency, day, minor in rows:
        moved[currency][0].append(day)
        moved[currency][1].append(minor)
    return {currency: (days, list(accumulate(minors))) for currency, (days, minors) in moved.items()}


def _up_to(curve: _Curve, day: int) -> int:
    days, totals = curve
    place = bisect_right(days, day)
    return totals[place - 1] if place else 0


def wealth(connection: Connection) -> list[dict[str, Any]]:
    """How evenly customers' money is spread, by currency: Lorenz curve, Gini coefficient, and what each tenth holds.

    A person's accounts count together; who owes more than they have counts as having nothing.
    """
    total = func.sum(balances.c.balance_minor)
    query = (
        select(balances.c.currency, case((total > 0, total), else_=0).label("held"))
        .where(balances.c.owner_id.is_not(None))
        .group_by(balances.c.currency, balances.c.owner_id)
        .order_by(balances.c.currency, "held")
    )
    held: defaultdict[str, list[int]] = defaultdict(list)
    for currency, minor in connection.execute(query):
        held[currency].append(int(minor))
    return [{"currency": currency, **spread(rising, currency)} for currency, rising in held.items()]


def spread(rising: Sequence[int], currency: str) -> dict[str, Any]:
    """The figures of holdings in rising order: shares as decimal text of the whole, 1 being all of it."""
    whole, count = sum(rising), len(rising)
    sums = [0, *accumulate(rising)]
    weighted = sum(place * minor for place, minor in enumerate(rising, start=1))
    tenths = [_held_by(rising, sums, tenth, _DECILES) for tenth in range(_DECILES + 1)]
    return {
        "people": count,
        "total": money.to_text(whole, currency),
        "gini": _share(2 * weighted - (count + 1) * whole, count * whole),
        "lorenz": [
            {
                "people": _share(point, LORENZ_POINTS),
                "money": _share(_held_by(rising, sums, point, LORENZ_POINTS), whole),
            }
            for point in range(LORENZ_POINTS + 1)
        ],
        "deciles": [
            {"decile": tenth + 1, "total": money.to_text(tenths[tenth + 1] - tenths[tenth], currency)}
            for tenth in range(_DECILES)
        ],
    }


def _held_by(rising: Sequence[int], sums: Sequence[int], part: int, parts: int) -> int:
    """What so many parts of the people hold, the poorest first; whoever stands on both sides of the cut is divided."""
    whole_people, rest = divmod(len(rising) * part, parts)
    return sums[whole_people] + (rising[whole_people] * rest // parts if rest else 0)


def _share(part: int, whole: int) -> str:
    """A part of a whole with four decimals; of nothing, nothing."""
    share = _EXACT.divide(Decimal(part), Decimal(whole)) if whole else Decimal(0)
    return str(share.quantize(_STEP, ROUND_HALF_EVEN))


def hours_of_week(connection: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """How many entries there were in each hour of the bank's week, Monday first, and of how much by currency."""
    quarter = (entries.c.effective_at - entries.c.effective_at % QUARTER_US).label("began")
    query = (
        select(quarter, entries.c.currency, func.count(), func.sum(entries.c.amount_minor))
        .where(entries.c.effective_at >= day_start_us(first), entries.c.effective_at < day_end_us(last))
        .group_by("began", entries.c.currency)
    )
    counts: defaultdict[tuple[int, int], int] = defaultdict(int)
    amounts: defaultdict[tuple[int, int], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    zone = time_zone()
    for began, currency, count, minor in connection.execute(query):
        moment = datetime.fromtimestamp(int(began) // MICROSECONDS, zone)
        place = (moment.weekday(), moment.hour)
        counts[place] += int(count)
        amounts[place][currency] += int(minor)
    return [
        {
            "weekday": weekday + 1,
            "hour": hour,
            "count": counts[weekday, hour],
            "amounts": [
                {"currency": currency, "amount": money.to_text(minor, currency)}
                for currency, minor in sorted(amounts[weekday, hour].items())
            ],
        }
        for weekday in range(_WEEKDAYS)
        for hour in range(_HOURS)
    ]
