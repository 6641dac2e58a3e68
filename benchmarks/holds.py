"""Holds placed and captured through the gateway, and how fast due work is done when the clock is moved over it."""

import json
from statistics import median

from benchmarks.bank import Bank
from benchmarks.bank_time import seconds_over
from benchmarks.customers import Customer
from benchmarks.figures import AT_LEAST, Figure
from benchmarks.load import Load, checked, request_bytes, run
from benchmarks.money import CLIENTS, address_of

PAIRS_A_SECOND, DUE_A_SECOND = 700, 5_000
_HOLDS = "/api/transactions/holds"


def measured(bank: Bank, customers: list[Customer], count: int, rounds: int) -> list[Figure]:
    """Pairs of a hold and its capture a second, and holds that expire a second when their time has come."""
    _pairs(bank, customers, count // 8, "warm")
    pairs = [_pairs(bank, customers, count // 2, f"pair{number}") for number in range(rounds)]
    due = [_expiries(bank, customers, count // 2, f"due{number}") for number in range(rounds)]
    return [
        Figure("holds placed and captured", median(pairs), "pairs/s", PAIRS_A_SECOND, AT_LEAST, tuple(pairs)),
        Figure("holds that expire, when the clock is moved", median(due), "/s", DUE_A_SECOND, AT_LEAST, tuple(due)),
    ]


def _pairs(bank: Bank, customers: list[Customer], count: int, label: str) -> float:
    placing = _place(bank, customers, count, label)
    ids = _pending(bank)
    captures = [
        [request_bytes("POST", f"{_HOLDS}/{hold_id}/capture", bank.admin_token, b"{}") for hold_id in of_client]
        for of_client in (ids[client::CLIENTS] for client in range(CLIENTS))
    ]
    capturing = checked(run(address_of(bank), captures), 201, "captures")
    return len(ids) / (placing.seconds + capturing.seconds)


def _expiries(bank: Bank, customers: list[Customer], count: int, label: str) -> float:
    _place(bank, customers, count, label)
    return count / seconds_over(bank, advance_by={"hours": 2})


def _place(bank: Bank, customers: list[Customer], count: int, label: str) -> Load:
    requests = [
        [_hold(bank, customers[client], f"{label}-{client}-{number}") for number in range(count // CLIENTS)]
        for client in range(CLIENTS)
    ]
    return checked(run(address_of(bank), requests), 201, "holds")


def _hold(bank: Bank, customer: Customer, key: str) -> bytes:
    body = json.dumps(
        {"account_id": customer.account_id, "amount": "0.01", "description": "measured", "expires_in": {"hours": 1}}
    ).encode()
    return request_bytes("POST", _HOLDS, bank.admin_token, body, Idempotency_Key=key)


def _pending(bank: Bank) -> list[str]:
    ids: list[str] = []
    cursor = ""
    while True:
        page = bank.call("GET", f"{_HOLDS}?status=pending&limit=200{cursor}", token=bank.admin_token)
        ids += [hold["id"] for hold in page["data"]]
        if page["next_cursor"] is None:
            return ids
        cursor = f"&cursor={page['next_cursor']}"
