"""Transfers a second through the gateway, one by one and in batches, with real tokens, keys and full durability."""

import json
from urllib.parse import urlsplit

from benchmarks.bank import Bank
from benchmarks.customers import Customer
from benchmarks.load import Load, checked, request_bytes, run

CLIENTS = 16
BATCH_ITEMS = 1_000


def address_of(bank: Bank) -> tuple[str, int]:
    """Host and port of the gateway."""
    parts = urlsplit(bank.url)
    return str(parts.hostname), int(parts.port or 0)


def transfers(bank: Bank, customers: list[Customer], count: int, label: str) -> Load:
    """`count` single transfers by 16 clients, each with its own idempotency key."""
    requests = [
        [_transfer(customers, client, number, label) for number in range(count // CLIENTS)] for client in range(CLIENTS)
    ]
    return checked(run(address_of(bank), requests), 201, "transfers")


def batches(bank: Bank, customers: list[Customer], count: int, label: str) -> Load:
    """`count` batches of 1,000 transfers, one after the other."""
    requests = [_batch(customers, number, label) for number in range(count)]
    return checked(run(address_of(bank), [requests]), 200, "batches")


def _transfer(customers: list[Customer], client: int, number: int, label: str) -> bytes:
    source, target = customers[client], customers[(client + 1 + number) % len(customers)]
    if source is target:
        target = customers[(client + 2 + number) % len(customers)]
    payload = {"from_account_id": source.account_id, "to_account_id": target.account_id, "amount": "0.01"}
    body = json.dumps({**payload, "description": "measured", "category": "benchmark"}).encode()
    key = f"{label}-{client}-{number}"
    return request_bytes("POST", "/api/transactions/transfer", source.token, body, Idempotency_Key=key)


def _batch(customers: list[Customer], number: int, label: str) -> bytes:
    source = customers[number % len(customers)]
    others = [customer for customer in customers if customer is not source]
    items = [
        {
            "type": "transfer",
            "idempotency_key": f"{label}-{number}-{item}",
            "from_account_id": source.account_id,
            "to_account_id": others[item % len(others)].account_id,
            "amount": "0.01",
            "description": "measured",
            "category": "benchmark",
        }
        for item in range(BATCH_ITEMS)
    ]
    body = json.dumps({"items": items}).encode()
    return request_bytes("POST", "/api/transactions/batch", source.token, body)
