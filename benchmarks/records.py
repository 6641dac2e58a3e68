"""Statements, exports and reports over a long history: how long they take, and what memory they need meanwhile."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks.bank import Bank
from benchmarks.customers import Customer, new_customers
from benchmarks.figures import AT_MOST, Figure
from benchmarks.money import address_of
from benchmarks.processes import memory_mib, processes_by_service
from shared.services import REPORTING

_FIRST_CUSTOMER = 9_500
_MOVEMENTS_OF_A_MONTH = 100
_PDF_MS, _REPORT_MS, _MORE_MIB = 1000.0, 200.0, 50.0
_SAMPLE_SECONDS = 0.02
_PIECE_BYTES = 64 * 1024


@dataclass
class _Memory:
    """What reporting held before, and the most that it held meanwhile; MiB."""

    before: float
    most: float = field(default=0.0)

    @property
    def more(self) -> float:
        return max(self.most - self.before, 0.0)


def measured(bank: Bank, customer: Customer, rounds: int) -> list[Figure]:
    """The figures of a customer with a long history, and the paper of one with an ordinary month."""
    (ordinary,) = new_customers(bank, 1, deposit="1000.00", first=_FIRST_CUSTOMER)
    _spend(bank, ordinary, customer)
    paper = f"/api/reports/statement/{ordinary.account_id}?format=pdf"
    _get(bank, paper, ordinary.token)  # loads what sets type
    pdf = [_get(bank, paper, ordinary.token)[0] * 1000 for _ in range(rounds)]
    report = f"/api/reports/account/{customer.account_id}"
    year = [_get(bank, report, customer.token)[0] * 1000 for _ in range(rounds)]
    figures = [
        Figure(f"statement of {_MOVEMENTS_OF_A_MONTH} movements, PDF", median(pdf), "ms", _PDF_MS, AT_MOST, tuple(pdf)),
        Figure("report of one account", median(year), "ms", _REPORT_MS, AT_MOST, tuple(year)),
    ]
    for name in ("csv", "parquet"):
        export = f"/api/reports/export?format={name}"
        if name == "parquet":
            _get(bank, export, ordinary.token)  # loads what writes it
        with _watched(bank) as memory:
            seconds, size = _get(bank, export, customer.token)
        figures.append(Figure(f"export of a history, {name}, {size / 1_000_000:.1f} MB", seconds, "s"))
        figures.append(Figure("  memory that it took more", memory.more, "MiB", _MORE_MIB, AT_MOST))
    return figures


def _spend(bank: Bank, source: Customer, target: Customer) -> None:
    """An ordinary month: payments one by one, each with words of its own."""
    items = [
        {
            "type": "transfer",
            "idempotency_key": f"ordinary-{number}",
            "from_account_id": source.account_id,
            "to_account_id": target.account_id,
            "amount": f"{number % 7 + 1}.{number % 100:02d}",
            "description": f"Lunch number {number} at the Blue Cafe",
        }
        for number in range(_MOVEMENTS_OF_A_MONTH)
    ]
    bank.call("POST", "/api/transactions/batch", {"items": items}, source.token)
    until = time.monotonic() + 30
    path = f"/api/reports/statement/{source.account_id}"
    while bank.call("GET", path, token=source.token)["data"]["count"] < _MOVEMENTS_OF_A_MONTH:
        if time.monotonic() > until:
            raise RuntimeError("the reports did not catch up in 30 s")
        time.sleep(0.1)


def _get(bank: Bank, path: str, token: str) -> tuple[float, int]:
    """Read all of a reply without keeping it: the seconds it took, and its bytes."""
    with closing(http.client.HTTPConnection(*address_of(bank), timeout=600)) as connection:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        reply = connection.getresponse()
        size = 0
        while piece := reply.read(_PIECE_BYTES):
            size += len(piece)
        if reply.status != 200:
            raise RuntimeError(f"GET {path} answered {reply.status}")
        return time.perf_counter() - began, size


@contextmanager
def _watched(bank: Bank) -> Iterator[_Memory]:
    """The memory of the reporting service while the block runs."""
    pids = processes_by_service(bank.folder / "run.json")[REPORTING.name]
    memory = _Memory(sum(map(memory_mib, pids)))
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            memory.most = max(memory.most, sum(map(memory_mib, pids)))

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield memory
    finally:
        ended.set()
        watching.join()
