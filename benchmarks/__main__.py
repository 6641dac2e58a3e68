"""`python -m benchmarks`: start a bank, measure it, print one table and write the same as JSON."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from benchmarks import (
    cards,
    due_work,
    growth,
    history,
    holds,
    limits,
    mixed,
    money,
    pages,
    plans,
    records,
    reports,
    storage,
    tracing,
)
from benchmarks.bank import Bank, running_bank
from benchmarks.cluster_server import KINDS as CLUSTERS
from benchmarks.cluster_server import cluster_server
from benchmarks.customers import Customer, new_customers
from benchmarks.database_server import KINDS, DatabaseServer, database_server
from benchmarks.figures import AT_MOST, Figure, Section, of_runs, show, write
from benchmarks.load import Load
from benchmarks.processes import cpu_seconds_by_service, memory_by_service

DATABASES = (*KINDS, *CLUSTERS)
_START_SECONDS = 5.0
_OPEN_HOLDS = 100_000
_SETTLE_SECONDS, _IDLE_SECONDS, _IDLE_PERCENT = 5.0, 10.0, 2.0
_MICROSECONDS = 1_000_000
_WIDTH = 120  # of the table where there is no terminal

console = Console(width=None if sys.stdout.isatty() else _WIDTH)


@dataclass(frozen=True)
class Run:
    """What every section measures: the bank, its customers, and how much of what.

    `server` is what its databases are on; None: they are SQLite files.
    """

    bank: Bank
    server: DatabaseServer | None
    customers: list[Customer]
    transfers: int
    batches: int
    rounds: int
    postings: int
    entries: int


def main(
    *,
    transfers: Annotated[int, typer.Option(help="single transfers a round")] = 4_000,
    batches: Annotated[int, typer.Option(help="batches of 1,000 a round")] = 8,
    rounds: Annotated[int, typer.Option(help="rounds, of which the median counts")] = 3,
    postings: Annotated[int, typer.Option(help="of the large ledger; 5,000,000 take a quarter of an hour")] = 250_000,
    entries: Annotated[
        int,
        typer.Option(help="reports, records and pages of a bank with so many transactions; 1,000,000 take ten minutes"),
    ] = 100_000,
    output: Annotated[Path, typer.Option(help="where the JSON goes")] = Path("benchmarks.json"),
    only: Annotated[list[str] | None, typer.Option(help="sections to measure; all when none is named")] = None,
    database: Annotated[str, typer.Option(help=f"{', '.join(DATABASES)}: one that is started for this")] = "",
) -> None:
    """Measure the bank beside its limits. Takes about three minutes."""
    if database and database not in DATABASES:
        raise typer.BadParameter(f"no database {database}; there are {', '.join(DATABASES)}")
    there_are = [name for name in SECTIONS if not (database and name in OF_FILES)]
    chosen = only or there_are
    if unknown := set(chosen) - set(there_are):
        raise typer.BadParameter(f"no section {', '.join(sorted(unknown))}; there are {', '.join(there_are)}")
    sections: list[Section] = []
    failed: list[str] = []
    with ExitStack() as running:
        server = running.enter_context(_server(database)) if database else None
        bank = running.enter_context(running_bank(**(server.settings() if server else {})))
        console.print(f"the bank is up in {bank.started_in_seconds:.1f} s; sixteen customers open their accounts")
        run = Run(bank, server, new_customers(bank, money.CLIENTS), transfers, batches, rounds, postings, entries)
        for name, measure in SECTIONS.items():
            if name in chosen:
                console.print(f"measuring {name}")
                try:
                    sections.append(Section(name, measure(run)))
                except RuntimeError as error:  # what went wrong with the bank; the other sections can still be measured
                    failed.append(f"{name}: {error}")
    show(console, sections)
    write(output, sections)
    console.print(f"written to {output}")
    for failure in failed:
        console.print(f"[red]not measured[/] {escape(failure)}")
    raise typer.Exit(1 if failed else 0)


def _server(database: str) -> AbstractContextManager[DatabaseServer]:
    return cluster_server(database) if database in CLUSTERS else database_server(database)


def _start(run: Run) -> list[Figure]:
    return [Figure("cold start", run.bank.started_in_seconds, "s", _START_SECONDS, AT_MOST)]


def _idle(run: Run) -> list[Figure]:
    """What a bank costs that nobody uses."""
    time.sleep(_SETTLE_SECONDS)
    shares = []
    for _ in range(run.rounds):
        used = _cpu(run)
        time.sleep(_IDLE_SECONDS)
        shares.append(100 * (_cpu(run) - used) / _IDLE_SECONDS)
    return [Figure("idle, of a core", median(shares), "%", _IDLE_PERCENT, AT_MOST, tuple(shares))]


def _cpu(run: Run) -> float:
    return sum(cpu_seconds_by_service(run.bank.folder / "run.json").values())


def _transfers(run: Run) -> list[Figure]:
    """The bank and the empty stack in turn, so that the machine's moods meet both alike."""
    measured: list[Load] = []
    nothing: list[Load] = []
    with limits.empty_stack() as empty:
        money.transfers(run.bank, run.customers, run.transfers // 4, "warm")
        limits.proxied_nothing(empty, run.transfers // 4)
        before = _cpu_by_process(run)
        for number in range(run.rounds):
            measured.append(money.transfers(run.bank, run.customers, run.transfers, f"round{number}"))
            nothing.append(limits.proxied_nothing(empty, run.transfers))
    after = _cpu_by_process(run)
    beside, yardstick = _storage_alone(run)
    stack = "same stack, nothing to do"
    rates, stack_rates = [load.per_second for load in measured], [load.per_second for load in nothing]
    return [
        of_runs("transfers", "/s", rates, stack_rates, stack),
        of_runs("  p50", "ms", [load.median_ms for load in measured], [load.median_ms for load in nothing], stack),
        of_runs("  p99", "ms", [_p99(load) for load in measured], [_p99(load) for load in nothing], stack),
        of_runs("  beside storage alone", "/s", rates, beside, yardstick),
        *(
            Figure(
                f"  processor: {name}",
                (after[name] - before[name]) * _MICROSECONDS / (run.rounds * run.transfers),
                "µs",
            )
            for name in after
        ),
        Figure("  processor: the clients", median(load.own_us for load in measured), "µs"),
    ]


def _cpu_by_process(run: Run) -> dict[str, float]:
    """Processor time of each service, and of the database server, so far."""
    of_services = cpu_seconds_by_service(run.bank.folder / "run.json")
    return of_services if run.server is None else {**of_services, run.server.kind: run.server.cpu_seconds()}


def _storage_alone(run: Run) -> tuple[list[float], str]:
    """What the storage does by itself with transactions of this kind, and how that is called."""
    if run.server is not None:
        return [run.server.small_transactions(run.transfers) for _ in range(run.rounds)], run.server.yardstick
    return [limits.raw_sqlite_rows(run.transfers, 1) for _ in range(run.rounds)], "raw SQLite, same rows one by one"


def _p99(load: Load) -> float:
    return load.percentile_ms(0.99)


def _mixed(run: Run) -> list[Figure]:
    return mixed.measured(run.bank, run.customers, run.transfers, run.rounds)


def _tracing(run: Run) -> list[Figure]:
    return tracing.measured(run.bank, run.customers, run.transfers, run.rounds)


def _batches(run: Run) -> list[Figure]:
    money.batches(run.bank, run.customers, 1, "warm-batch")
    measured, raw = [], []
    for number in range(run.rounds):
        load = money.batches(run.bank, run.customers, run.batches, f"batch{number}")
        measured.append(load.per_second * money.BATCH_ITEMS)
        raw.append(limits.raw_sqlite_rows(run.batches * money.BATCH_ITEMS, money.BATCH_ITEMS))
    return [of_runs("batch transfers", "/s", measured, raw, "raw SQLite, as many a commit")]


def _history(run: Run) -> list[Figure]:
    """A history long enough to have a thousandth page, then both pages in turn."""
    bank, customer = run.bank, run.customers[0]
    rows_wanted = history.PAGE_ROWS * 1_000
    others = [customer, *new_customers(bank, 1, deposit="1.00", first=9_000)]
    money.batches(bank, others, 2 * (rows_wanted // money.BATCH_ITEMS) // 2 + 2, "history")
    cursor = history.cursor_at_row(bank, customer, rows_wanted - history.PAGE_ROWS - 150)
    first, deep = [], []
    for _ in range(run.rounds):
        first.append(history.pages(bank, customer, 400).per_second)
        deep.append(history.pages(bank, customer, 400, cursor).per_second)
    return [of_runs("history, 1,000th page", "pages/s", deep, first, "its first page")]


def _reports(run: Run) -> list[Figure]:
    _fill(run)
    return reports.measured(run.bank, run.rounds)


def _records(run: Run) -> list[Figure]:
    _fill(run)
    return records.measured(run.bank, run.customers[0], run.rounds)


def _pages(run: Run) -> list[Figure]:
    _fill(run)
    return pages.measured(run.bank, run.customers[0], run.rounds)


def _fill(run: Run) -> None:
    """More transfers, until the bank has as many as reports and pages are measured with."""
    missing = run.entries - reports.wait_until_followed(run.bank)
    if missing > 0:
        money.batches(run.bank, run.customers, -(-missing // money.BATCH_ITEMS), f"fill{missing}")
        reports.wait_until_followed(run.bank)


def _storage(run: Run) -> list[Figure]:
    accounts = storage.with_more_accounts(run.bank, run.customers)
    return storage.measured(run.bank, accounts, run.transfers)


def _growth(run: Run) -> list[Figure]:
    return growth.measured(run.postings, run.rounds, console.print)


def _open_holds(run: Run) -> list[Figure]:
    return growth.measured_with_holds(_OPEN_HOLDS, run.rounds, console.print)


def _memory(run: Run) -> list[Figure]:
    held = memory_by_service(run.bank.folder / "run.json")
    return [
        *(Figure(f"memory: {name}", mib, "MiB") for name, mib in held.items()),
        Figure("memory: all together", sum(held.values()), "MiB"),
    ]


def _cards(run: Run) -> list[Figure]:
    return cards.measured(run.bank, run.customers, run.rounds)


def _holds(run: Run) -> list[Figure]:
    return holds.measured(run.bank, run.customers, run.transfers, run.rounds)


def _due_work(run: Run) -> list[Figure]:
    return due_work.measured(run.bank, run.customers, run.transfers, run.rounds)


def _plans(run: Run) -> list[Figure]:
    return plans.measured(run.rounds)


SECTIONS: dict[str, Callable[[Run], list[Figure]]] = {
    "start": _start,
    "idle": _idle,
    "transfers": _transfers,
    "mixed": _mixed,
    "tracing": _tracing,
    "batches": _batches,
    "holds": _holds,
    "cards": _cards,
    "due_work": _due_work,
    "storage": _storage,
    "growth": _growth,
    "open_holds": _open_holds,
    "history": _history,
    "reports": _reports,
    "records": _records,
    "pages": _pages,
    "plans": _plans,
    "memory": _memory,
}

OF_FILES = ("storage", "growth", "open_holds", "mixed", "tracing")
"""Sections that look into SQLite files, or start a bank of their own on them."""

typer.run(main)
