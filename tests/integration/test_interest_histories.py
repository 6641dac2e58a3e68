"""Random histories of the real ledger, with entries backdated into posted months and rates that change on the way,
against a model that knows only the days: what was posted is what the periods come to, to the cent.
"""

import random
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from shared.time import clock
from shared.time.business_days import business_day, day_start_us
from tests.ledgers import Holder, LedgerUnderTest
from tests.plans import day_number, entries_of, first_after, go_to, put_plan, today
from tests.thoroughness import in_soak, often

pytestmark = pytest.mark.databases_in_turn
ACCOUNTS, MONTHS = 6, 7
PERIODS = {"monthly": 1, "quarterly": 3, "yearly": 12}
SEEDS = [*range(often(2, 4)), *map(in_soak, range(4, 40))]


@pytest.mark.parametrize("paid", PERIODS)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_posted_is_what_the_days_come_to_whatever_was_backdated(
    ledger: LedgerUnderTest, seed: int, paid: str
) -> None:
    chance = random.Random(seed)
    rates = {0: (chance.randrange(0, 60_000), chance.randrange(0, 150_000))}
    put_plan(ledger, credit_rate=rates[0][0], debit_rate=rates[0][1], paid=paid)
    opened = today(ledger)
    accounts = [
        ledger.open_account(deposit_minor=chance.randrange(1, 10**6), rate_plan="savings", synthetic=True)
        for _ in range(ACCOUNTS)
    ]
    payday = opened
    for month in range(MONTHS):
        payday = first_after(payday)
        changes_on = payday + timedelta(days=chance.randrange(20))
        go_to(ledger, payday)
        for account in accounts:
            for _ in range(chance.randrange(4)):
                _pay(ledger, chance, account, opened, today(ledger))
        rates[day_number(changes_on)] = (chance.randrange(0, 60_000), chance.randrange(0, 150_000))
        credit_rate, debit_rate = rates[day_number(changes_on)]
        version = {"valid_from": day_number(changes_on), "credit_rate": credit_rate, "debit_rate": debit_rate}
        version["paid"] = paid
        assert put_plan(ledger, version=month + 2, **version).status_code == 200
    last = first_after(payday)
    while not _ends_period(last, paid):
        last = first_after(last)
    go_to(ledger, last)
    for account in accounts:
        assert _posted(account) == _expected(account, rates, opened, last, paid)


def _pay(ledger: LedgerUnderTest, chance: random.Random, account: Holder, opened: date, now: date) -> None:
    """A deposit or a fee, most of them on a day that has passed, some in months that have been posted."""
    day = opened + timedelta(days=chance.randrange((now - opened).days + 1))
    moment = min(day_start_us(day) + chance.randrange(24 * 3600) * clock.MICROSECONDS, day_start_us(now))
    item = {
        "type": chance.choice(("deposit", "fee")),
        "account_id": account.account_id,
        "amount": f"{chance.randrange(1, 900_000) / 100:.2f}",
        "effective_at": clock.to_wire(max(moment, day_start_us(opened + timedelta(days=1)))),
        "idempotency_key": str(chance.random()),
    }
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    reply = ledger.call("POST", "/api/transactions/batch", {"items": [item]}, headers=simulator)
    assert reply.json["data"][0]["status"] == "completed", reply.text


def _posted(account: Holder) -> int:
    """What was posted of interest in all, in cents."""
    return sum(
        int(row["amount"].replace(".", "")) * (1 if row["type"] == "interest" else -1)
        for row in entries_of(account)
        if row["type"] != "fee"
    )


def _ends_period(day: date, paid: str) -> bool:
    """Whether a period is over when this day begins."""
    return day.day == 1 and (day.month - 1) % PERIODS[paid] == 0


def _expected(account: Holder, rates: dict[int, tuple[int, int]], opened: date, last: date, paid: str) -> int:
    """The same by the days alone: each period's fractions summed up and rounded half to even."""
    changes: defaultdict[date, int] = defaultdict(int)
    for row in _movements(account):
        signed = int(row["amount"].replace(".", "")) * (1 if row["direction"] == "in" else -1)
        changes[business_day(clock.from_wire(row["effective_at"]))] += signed
    balance, total = 0, 0
    credit, debit = Fraction(0), Fraction(0)
    for offset in range((last - opened).days):
        day = opened + timedelta(days=offset)
        balance += changes[day]
        credit_rate, debit_rate = rates[max(begin for begin in rates if begin <= day_number(day))]
        credit += Fraction(max(balance, 0) * credit_rate, 365 * 10**6)
        debit += Fraction(max(-balance, 0) * debit_rate, 365 * 10**6)
        if _ends_period(day + timedelta(days=1), paid):
            total += round(credit) - round(debit)
            credit, debit = Fraction(0), Fraction(0)
    return total


def _movements(account: Holder) -> list[dict[str, Any]]:
    path = f"/api/transactions/account/{account.account_id}?limit=200&status=completed"
    reply = account.ledger.call("GET", path, headers=account.headers)
    assert reply.json["next_cursor"] is None
    rows: list[dict[str, Any]] = reply.json["data"]
    return rows
