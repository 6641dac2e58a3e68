"""Calls that tests about interest and fees make: a rate plan at the ledger, and where its accounts stand."""

from datetime import date, timedelta
from typing import Any

from shared.time.business_days import business_day
from shared.time.clock import from_wire
from tests.holds import CLOCK
from tests.ledgers import Holder, LedgerUnderTest

_EPOCH = date(1970, 1, 1)


def put_plan(ledger: LedgerUnderTest, code: str = "savings", version: int = 1, **terms: Any) -> Any:
    """Tell the ledger a version of a plan, which applies from the beginning of time where nothing else is said."""
    payload = {
        "version": version,
        "valid_from": 0,
        "currency": "EUR",
        "credit_rate": 0,
        "tiers": [],
        "day_count": "act/365",
        "paid": "monthly",
        "debit_rate": 0,
        "overdraft_limit_minor": 0,
        "minimum_balance_minor": 0,
        "monthly_fee_minor": 0,
        "overdraft_fee_minor": 0,
        **terms,
    }
    return ledger.call("PUT", f"/internal/ledger/rate-plans/{code}", payload, headers=ledger.service)


def day_number(day: date) -> int:
    """A day as the ledger counts it."""
    return (day - _EPOCH).days


def today(ledger: LedgerUnderTest) -> date:
    """The bank's day."""
    reply = ledger.call("GET", CLOCK, headers=ledger.staff())
    return business_day(from_wire(reply.json["data"]["bank_time"]))


def go_to(ledger: LedgerUnderTest, day: date) -> None:
    """Move the bank's clock to noon of a day."""
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    moved = ledger.call("POST", CLOCK, {"advance_to": f"{day}T11:00:00Z", "wait_seconds": 30}, headers=simulator)
    assert (moved.status_code, moved.json["data"]["target_time"]) == (200, None), moved.text
    assert moved.json["data"]["stopped_work"] == 0


def first_after(day: date, months: int = 1) -> date:
    """The first of the month so many months after a day's."""
    for _ in range(months):
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day


def entries_of(account: Holder) -> list[dict[str, Any]]:
    """What the bank itself posted on the account, oldest first."""
    reply = account.ledger.call(
        "GET", f"/api/transactions/account/{account.account_id}?limit=200", headers=account.headers
    )
    assert reply.status_code == 200, reply.text
    posted = ("interest", "interest_charge", "fee")
    return [row for row in reversed(reply.json["data"]) if row["type"] in posted]


def standing_of(account: Holder) -> dict[str, Any]:
    """How the account stands, as the account service is told."""
    payload = {"account_ids": [account.account_id]}
    (found,) = account.ledger.call("POST", "/internal/ledger/balances", payload, headers=account.ledger.service).json[
        "data"
    ]
    return dict(found)
