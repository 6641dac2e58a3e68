"""What falls due, done as fast as it goes when the clock is moved: daily standing orders, and a month's interest."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.bank import Bank
from benchmarks.bank_time import bank_time, seconds_over
from benchmarks.customers import Customer, new_customers
from benchmarks.figures import AT_LEAST, Figure
from benchmarks.load import checked, request_bytes, run
from benchmarks.money import CLIENTS, address_of

ITEMS_A_SECOND = 5_000
_ORDERS = "/api/standing-orders"
_EXECUTIONS_A_MONTH = 30
_FIRST_COLLECTOR = 9_500
_SAVED = "1000.00"
"""Enough to earn some cents a month, which are posted."""
_ZONE = ZoneInfo("Europe/Berlin")


class _Month(NamedTuple):
    """How many orders were executed and how many accounts were posted their interest, and in how many seconds."""

    executions: int
    execution_seconds: float
    postings: int
    posting_seconds: float


def measured(bank: Bank, customers: list[Customer], count: int, rounds: int) -> list[Figure]:
    """Items a second of `count` standing orders and as many postings of interest or so a month; a month a round."""
    (collector,) = new_customers(bank, 1, deposit="1.00", first=_FIRST_COLLECTOR)
    savings = _savings_accounts(bank, customers, count // CLIENTS)
    _order_daily(bank, customers, collector, count // _EXECUTIONS_A_MONTH // CLIENTS or 1)
    seconds_over(bank, advance_to=_first_after(bank_time(bank)).isoformat())  # whatever is left of this month
    months = [_live_a_month(bank, collector, savings) for _ in range(rounds)]
    orders = [month.executions / month.execution_seconds for month in months]
    interest = [month.postings / month.posting_seconds for month in months]
    both = [(month.executions + month.postings) / (month.execution_seconds + month.posting_seconds) for month in months]
    return [
        Figure("standing orders and interest", median(both), "/s", ITEMS_A_SECOND, AT_LEAST, tuple(both)),
        Figure("  standing orders", median(orders), "/s", runs=tuple(orders)),
        Figure("  accounts posted their interest", median(interest), "/s", runs=tuple(interest)),
    ]


def _live_a_month(bank: Bank, collector: Customer, savings: list[Customer]) -> _Month:
    """Go to the last evening of the month, when no interest is due, and then over midnight, when no order is.

    Raises RuntimeError when somebody did not get their interest.
    """
    first = _first_after(bank_time(bank))
    received = _balance_cents(bank, collector)
    execution_seconds = seconds_over(bank, advance_to=(first - timedelta(hours=1)).isoformat())
    executions = _balance_cents(bank, collector) - received
    saved = [_balance_cents(bank, one) for one in savings[:: len(savings) - 1]]
    posting_seconds = seconds_over(bank, advance_to=(first + timedelta(hours=1)).isoformat())
    if any(_balance_cents(bank, one) <= was for one, was in zip(savings[:: len(savings) - 1], saved, strict=True)):
        message = "no interest was posted"
        raise RuntimeError(message)
    return _Month(executions, execution_seconds, len(savings), posting_seconds)


def _savings_accounts(bank: Bank, customers: list[Customer], each: int) -> list[Customer]:
    """The customers once for each savings account that they open now."""
    opening = json.dumps({"account_type": "savings", "initial_deposit": _SAVED}).encode()
    requests = [
        [request_bytes("POST", "/api/accounts/create", customer.token, opening) for _ in range(each)]
        for customer in customers[:CLIENTS]
    ]
    checked(run(address_of(bank), requests), 201, "savings accounts")
    return [found for customer in customers[:CLIENTS] for found in _savings_of(bank, customer)]


def _savings_of(bank: Bank, customer: Customer) -> Iterator[Customer]:
    cursor = ""
    while True:
        page = bank.call("GET", f"/api/accounts/list?limit=200{cursor}", token=customer.token)
        for account in page["data"]:
            if account["account_type"] == "savings":
                yield replace(customer, account_id=account["id"])
        if page["next_cursor"] is None:
            return
        cursor = f"&cursor={page['next_cursor']}"


def _order_daily(bank: Bank, customers: list[Customer], collector: Customer, each: int) -> None:
    """So many orders of each customer pay the collector a cent a day, from tomorrow on."""
    tomorrow = (bank_time(bank).astimezone(_ZONE) + timedelta(days=1)).date().isoformat()
    terms = {"to_account_id": collector.account_id, "amount": "0.01", "frequency": "daily", "first_on": tomorrow}
    requests = [
        [
            request_bytes(
                "POST", _ORDERS, customer.token, json.dumps({"from_account_id": customer.account_id, **terms}).encode()
            )
            for _ in range(each)
        ]
        for customer in customers[:CLIENTS]
    ]
    checked(run(address_of(bank), requests), 201, "standing orders")


def _balance_cents(bank: Bank, customer: Customer) -> int:
    account = bank.call("GET", f"/api/accounts/details/{customer.account_id}", token=customer.token)["data"]
    return int(str(account["balance"]).replace(".", ""))


def _first_after(moment: datetime) -> datetime:
    """The beginning of the month after a moment's, in the bank's zone."""
    local = moment.astimezone(_ZONE)
    return (local.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
