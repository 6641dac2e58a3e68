"""What a transfer costs the ledger's file: bytes that stay, and pages that go through the write-ahead log."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.bank import Bank
from benchmarks.customers import Customer
from benchmarks.figures import Figure
from benchmarks.load import checked, request_bytes, run
from benchmarks.money import CLIENTS, address_of
from shared.storage.sqlite import sqlite_driver

ACCOUNTS = 400
_PAGE_BYTES = 4096
_FRAME_BYTES = _PAGE_BYTES + 24  # a page in the log, with its header
_LOG_HEADER_BYTES = 32
_PROTOTYPE = "a prototype"


def with_more_accounts(bank: Bank, customers: list[Customer]) -> list[Customer]:
    """The customers once for each of their accounts, after they have opened more: a bank has more than sixteen."""
    found = list(customers)
    while len(found) < ACCOUNTS:
        customer = customers[len(found) % len(customers)]
        opening = {"account_type": "checking", "initial_deposit": "1000.00"}
        account = bank.call("POST", "/api/accounts/create", opening, customer.token)["data"]
        found.append(replace(customer, account_id=account["id"]))
    return found


def measured(bank: Bank, accounts: list[Customer], transfers: int) -> list[Figure]:
    """Bytes and pages a transfer: of sixteen clients, who share commits, and of one, who does not."""
    path = bank.folder / "transaction_service.db"
    _growth(path, lambda: _transfer(bank, accounts, transfers // 2, CLIENTS, "storage-warm"))
    stayed, pages = _growth(path, lambda: _transfer(bank, accounts, transfers, CLIENTS, "storage-many"))
    alone = transfers // 4
    _, pages_alone = _growth(path, lambda: _transfer(bank, accounts, alone, 1, "storage-one"))
    return [
        Figure("bytes a transfer", stayed / transfers, "B", 382, _PROTOTYPE),
        Figure("  pages written, 16 clients", pages / transfers, "pages", 5.7, _PROTOTYPE),
        Figure("  pages written, one client", pages_alone / alone, "pages"),
    ]


def _growth(path: Path, work: Callable[[], None]) -> tuple[int, float]:
    """By how many bytes the database grows, and how many pages go through its log, while this is done.

    A reader that stays keeps the log from beginning again, so that its length counts all that was written to it.
    """
    reader = sqlite_driver.connect(path, isolation_level=None, timeout=10)
    try:
        before = _settled_pages(reader)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM ledger_state").fetchone()
        work()
        log = path.with_name(path.name + "-wal").stat().st_size
        reader.execute("COMMIT")
        return (_settled_pages(reader) - before) * _PAGE_BYTES, (log - _LOG_HEADER_BYTES) / _FRAME_BYTES
    finally:
        reader.close()


def _settled_pages(reader: "sqlite_driver.Connection") -> int:
    reader.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return int(reader.execute("PRAGMA page_count").fetchone()[0])


def _transfer(bank: Bank, accounts: list[Customer], count: int, clients: int, label: str) -> None:
    requests = [
        [_request(accounts, number, f"{label}-{number}") for number in range(client, count, clients)]
        for client in range(clients)
    ]
    checked(run(address_of(bank), requests), 201, "transfers")


def _request(accounts: list[Customer], number: int, key: str) -> bytes:
    """Between two of the accounts; which ones jumps about, so that neighbours in time are none in the tables."""
    source = accounts[number * 149 % len(accounts)]
    target = accounts[(number * 211 + 1) % len(accounts)]
    if source is target:
        target = accounts[(number * 211 + 2) % len(accounts)]
    payload = {"from_account_id": source.account_id, "to_account_id": target.account_id, "amount": "0.01"}
    body = json.dumps({**payload, "description": "measured", "category": "benchmark"}).encode()
    return request_bytes("POST", "/api/transactions/transfer", source.token, body, Idempotency_Key=key)
