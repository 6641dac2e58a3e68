"""Random histories of the real ledger, each with entries backdated into periods that were posted, with rates, tiers and
day counts that change on the way, over the end of a February and of a year, against a model that knows only the days:
what was posted is what the periods come to, to the cent. `make soak` has 10,800 of them.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from shared.enums import DayCount, InterestPeriod
from shared.time import clock
from shared.time.business_days import business_day, day_of_number, day_start_us
from tests import databases
from tests.holds import CLOCK
from tests.interest_model import walk
from tests.ledgers import Holder, LedgerUnderTest
from tests.plans import day_number, first_after, go_to, put_plan
from tests.thoroughness import in_soak, often
from transaction_service.interest.accrual import RatePlan
from transaction_service.models import accounts, entries, postings

pytestmark = pytest.mark.databases_in_turn
MONTHS = 7
PERIODS = {InterestPeriod.MONTHLY: 1, InterestPeriod.QUARTERLY: 3, InterestPeriod.YEARLY: 12}
BRIEFLY, AT_LENGTH = range(often(2, 3)), range(3, 40)
ACCOUNTS, ACCOUNTS_AT_LENGTH = often(12, 30), 100
"""So many histories run side by side in one bank; at length 10,800 in all."""


class Plan(NamedTuple):
    """A plan that some of the accounts are on: its versions so far, the newest last."""

    code: str
    versions: list[RatePlan]


@pytest.mark.parametrize("paid", PERIODS, ids=str)
@pytest.mark.parametrize("seed", [*BRIEFLY, *map(in_soak, AT_LENGTH)])
def test_what_was_posted_is_what_the_days_come_to_whatever_was_backdated(
    ledger: LedgerUnderTest, seed: int, paid: InterestPeriod
) -> None:
    chance = random.Random(f"{seed} {paid}")
    opened = date(2022 + seed % 2, 8 + chance.randrange(5), 1 + chance.randrange(28))  # 2024 is a leap year
    _begin(ledger, opened)
    plans = [Plan(f"savings-{number}", []) for number in range(len(DayCount))]
    for plan, day_count in zip(plans, DayCount, strict=True):
        _change(ledger, chance, plan, paid, date(1970, 1, 1), day_count)
    held = {
        account.account_id: (account, plan)
        for number in range(ACCOUNTS_AT_LENGTH if seed in AT_LENGTH else ACCOUNTS)
        for plan in [plans[number % len(plans)]]
        for account in [_opened(ledger, chance, plan)]
    }
    backdated: set[str] = set()
    payday = opened
    for month in range(MONTHS):
        payday = first_after(payday)
        go_to(ledger, payday)
        posted_until = _last_period_end(payday, paid)
        items = []
        for account_id in held:
            days = [_day_before(chance, opened, payday) for _ in range(chance.randrange(4))]
            if month == MONTHS - 1:  # by now a period was posted, of whatever length
                days.append(_day_before(chance, opened, posted_until))
            backdated |= {account_id for day in days if day < posted_until}
            items += [_movement(chance, account_id, day) for day in days]
        _book(ledger, items)
        for plan in plans:
            _change(ledger, chance, plan, paid, payday + timedelta(days=chance.randrange(20)))
    assert backdated == set(held), "each history has an entry in a period that was posted"
    last = first_after(payday)
    while _last_period_end(last, paid) != last:
        last = first_after(last)
    go_to(ledger, last)
    for account_id, history in _histories(ledger).items():
        _, plan = held[account_id]
        assert history.posted == _expected(plan.versions, history.changes, (opened, last), paid), account_id


class History(NamedTuple):
    """By how much each day changed a balance, and what of it was interest, in cents."""

    changes: dict[int, int]
    posted: int


def _begin(ledger: LedgerUnderTest, day: date) -> None:
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    begun = ledger.call("POST", CLOCK, {"begin_at": noon.isoformat()}, headers=simulator)
    assert begun.status_code == 200, begun.text


def _change(  # noqa: PLR0917 (all that a version is made of)
    ledger: LedgerUnderTest,
    chance: random.Random,
    plan: Plan,
    paid: InterestPeriod,
    valid_from: date,
    day_count: DayCount | None = None,
) -> None:
    """A new version of a plan: other rates, maybe a tier and a least balance, and maybe another day count."""
    version = RatePlan(
        id="",
        code=plan.code,
        version=len(plan.versions) + 1,
        valid_from=day_number(valid_from),
        currency="EUR",
        credit_rate=chance.randrange(60_000),
        tiers=chance.choice(((), ((chance.randrange(1, 10**6), chance.randrange(60_000)),))),
        day_count=day_count or chance.choice([plan.versions[-1].day_count, *DayCount]),
        paid=paid,
        debit_rate=chance.randrange(150_000),
        minimum_balance_minor=chance.choice((0, chance.randrange(200_000))),
    )
    plan.versions.append(version)
    facts = asdict(version) | {"tiers": [{"from_minor": start, "rate": rate} for start, rate in version.tiers]}
    del facts["id"], facts["code"]
    put = put_plan(ledger, plan.code, **facts)
    assert put.status_code == 200, put.text


def _opened(ledger: LedgerUnderTest, chance: random.Random, plan: Plan) -> Holder:
    return ledger.open_account(deposit_minor=chance.randrange(1, 10**6), rate_plan=plan.code, synthetic=True)


def _day_before(chance: random.Random, opened: date, until: date) -> date:
    """A day after the one of opening, and before this one."""
    return opened + timedelta(days=1 + chance.randrange((until - opened).days - 1))


def _movement(chance: random.Random, account_id: str, day: date) -> dict[str, Any]:
    """A deposit or a fee at some moment of a day that has passed."""
    moment = day_start_us(day) + chance.randrange(23 * 3600) * clock.MICROSECONDS
    return {
        "type": chance.choice(("deposit", "fee")),
        "account_id": account_id,
        "amount": f"{chance.randrange(1, 900_000) / 100:.2f}",
        "effective_at": clock.to_wire(moment),
        "idempotency_key": str(chance.random()),
    }


def _book(ledger: LedgerUnderTest, items: list[dict[str, Any]]) -> None:
    if not items:
        return
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    reply = ledger.call("POST", "/api/transactions/batch", {"items": items}, headers=simulator)
    assert {each["status"] for each in reply.json["data"]} == {"completed"}, reply.text


def _last_period_end(day: date, paid: InterestPeriod) -> date:
    """The last day, up to this one, with whose beginning a period was over."""
    first = day.replace(day=1)
    while (first.month - 1) % PERIODS[paid]:
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _histories(ledger: LedgerUnderTest) -> dict[str, History]:
    """What the journal has of each account."""
    changes: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    posted: defaultdict[str, int] = defaultdict(int)
    query = (
        select(accounts.c.id, entries.c.type, postings.c.effective_at, postings.c.amount_minor)
        .select_from(postings)
        .join(accounts, accounts.c.key == postings.c.account_key)
        .join(entries, entries.c.position == postings.c.position)
        .where(accounts.c.owner_id.is_not(None))
    )
    with databases.snapshot_of(ledger.path) as connection:
        for account_id, kind, effective_at, amount_minor in connection.execute(query):
            changes[account_id][day_number(business_day(effective_at))] += amount_minor
            posted[account_id] += amount_minor if kind in ("interest", "interest_charge") else 0
    return {account_id: History(dict(days), posted[account_id]) for account_id, days in changes.items()}


def _expected(
    versions: Iterable[RatePlan], changes: Mapping[int, int], days: tuple[date, date], paid: InterestPeriod
) -> int:
    """The same by the days alone: each period's fractions summed up and rounded half to even."""
    balance = total = 0
    for first, until in _periods(*days, paid):
        walked = walk(versions, balance, changes, first, until)
        total += round(walked.credit) - round(walked.debit)
        balance += sum(changes.get(day, 0) for day in range(first, until))
    return total


def _periods(opened: date, last: date, paid: InterestPeriod) -> Iterator[tuple[int, int]]:
    """From the day of opening to the last day: the first day of each period, and the one after its end."""
    first = until = day_number(opened)
    while until < day_number(last):
        until = day_number(first_after(day_of_number(until)))
        if _last_period_end(day_of_number(until), paid) == day_of_number(until):
            yield first, until
            first = until
