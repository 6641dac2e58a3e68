"""`python -m benchmarks`: start a bank, measure it, print one table and write the same as JSON."""

import json
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import history, limits, money
from benchmarks.bank import Bank, running_bank
from benchmarks.customers import Customer, new_customers
from benchmarks.load import Load
from benchmarks.processes import memory_by_service

console = Console()


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, and the limit measured beside it in the same run."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""
    runs: tuple[float, ...] = ()


def main(
    transfers: Annotated[int, typer.Option(help="single transfers a round")] = 4_000,
    batches: Annotated[int, typer.Option(help="batches of 1,000 a round")] = 8,
    rounds: Annotated[int, typer.Option(help="rounds, of which the median counts")] = 3,
    output: Annotated[Path, typer.Option(help="where the JSON goes")] = Path("benchmarks.json"),
) -> None:
    """Measure the bank beside its limits. Takes about two minutes."""
    figures: list[Figure] = []
    with running_bank() as bank:
        console.print(f"the bank is up in {bank.started_in_seconds:.1f} s; sixteen customers open their accounts")
        figures.append(Figure("cold start", bank.started_in_seconds, "s", 5.0, "target"))
        customers = new_customers(bank, money.CLIENTS)
        with limits.empty_stack() as address:
            figures += _transfers(bank, customers, address, transfers, rounds)
        figures += _batches(bank, customers, batches, rounds)
        figures += _history(bank, customers[0], rounds)
        figures += _memory(bank)
    _show(figures)
    facts = {"machine": platform.platform(), "python": platform.python_version(), "at": int(time.time())}
    output.write_text(json.dumps({**facts, "figures": [asdict(figure) for figure in figures]}, indent=1) + "\n")
    console.print(f"written to {output}")


def _transfers(bank: Bank, customers: list[Customer], empty: tuple[str, int], count: int, rounds: int) -> list[Figure]:
    """The bank and the empty stack in turn, so that the machine's moods meet both alike."""
    money.transfers(bank, customers, count // 4, "warm")
    limits.proxied_nothing(empty, count // 4)
    measured: list[Load] = []
    nothing: list[Load] = []
    for number in range(rounds):
        console.print(f"transfers, round {number + 1} of {rounds}")
        measured.append(money.transfers(bank, customers, count, f"round{number}"))
        nothing.append(limits.proxied_nothing(empty, count))
    raw = [limits.raw_sqlite_rows(count, 1) for _ in range(rounds)]
    stack = "same stack, nothing to do"
    return [
        _figure(
            "transfers", "/s", [load.per_second for load in measured], [load.per_second for load in nothing], stack
        ),
        _figure("  p50", "ms", [load.median_ms for load in measured], [load.median_ms for load in nothing], stack),
        _figure(
            "  p99",
            "ms",
            [load.percentile_ms(0.99) for load in measured],
            [load.percentile_ms(0.99) for load in nothing],
            stack,
        ),
        _figure("  beside raw SQLite", "/s", [load.per_second for load in measured], raw, "same rows, one by one"),
    ]


def _batches(bank: Bank, customers: list[Customer], count: int, rounds: int) -> list[Figure]:
    money.batches(bank, customers, 1, "warm-batch")
    measured, raw = [], []
    for number in range(rounds):
        console.print(f"batches, round {number + 1} of {rounds}")
        load = money.batches(bank, customers, count, f"batch{number}")
        measured.append(load.per_second * money.BATCH_ITEMS)
        raw.append(limits.raw_sqlite_rows(count * money.BATCH_ITEMS, money.BATCH_ITEMS))
    return [_figure("batch transfers", "/s", measured, raw, "raw SQLite, same rows, 1,000 a commit")]


def _history(bank: Bank, customer: Customer, rounds: int) -> list[Figure]:
    """A history long enough to have a thousandth page, then both pages in turn."""
    console.print("a history of more than 50,000 rows, and its first and thousandth page")
    rows_wanted = history.PAGE_ROWS * 1_000
    others = [customer, *new_customers(bank, 1, deposit="1.00", first=9_000)]
    money.batches(bank, others, 2 * (rows_wanted // money.BATCH_ITEMS) // 2 + 2, "history")
    cursor = history.cursor_at_row(bank, customer, rows_wanted - history.PAGE_ROWS - 150)
    first, deep = [], []
    for _ in range(rounds):
        first.append(history.pages(bank, customer, 400).per_second)
        deep.append(history.pages(bank, customer, 400, cursor).per_second)
    return [_figure("history, 1,000th page", "pages/s", deep, first, "its first page")]


def _memory(bank: Bank) -> list[Figure]:
    held = memory_by_service(bank.folder / "run.json")
    return [
        *(Figure(f"memory: {name}", mib, "MiB") for name, mib in held.items()),
        Figure("memory: all together", sum(held.values()), "MiB"),
    ]


def _figure(name: str, unit: str, runs: list[float], limit: list[float], limit_is: str) -> Figure:
    return Figure(name, median(runs), unit, median(limit), limit_is, tuple(runs))


def _show(figures: list[Figure]) -> None:
    table = Table("figure", "median", "unit", "runs", "limit", "the limit is", title="Sandbank, measured")
    for figure in figures:
        runs = f"{min(figure.runs):,.1f} - {max(figure.runs):,.1f}" if figure.runs else ""
        limit = "" if figure.limit is None else f"{figure.limit:,.1f}"
        table.add_row(figure.name, f"{figure.value:,.1f}", figure.unit, runs, limit, figure.limit_is)
    console.print(table)


typer.run(main)
