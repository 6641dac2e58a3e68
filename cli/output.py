"""What people see: tables and short sentences; with `--json` exactly what the bank said."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sandbank import Answer, BankError, NotLoggedInError, OutcomeUnknownError, UnavailableError

_WIDE = 125


def console() -> Console:
    """Standard output as it is now (tests replace it)."""
    return Console(highlight=False)


def errors() -> Console:
    """Standard error as it is now."""
    return Console(stderr=True, highlight=False)


def show_json(body: object) -> None:
    """The bank's answer, for programs."""
    print(json.dumps(body, indent=2, ensure_ascii=False))  # noqa: T201 (standard output is this program's result)


def say(sentence: str) -> None:
    """A line for people; Rich's markup counts."""
    console().print(sentence)


def waiting(sentence: str) -> AbstractContextManager[object]:
    """Say it beside a spinner while the block runs; only at a terminal, and never on standard output."""
    return errors().status(sentence) if errors().is_terminal else nullcontext()


def money(amount: str, currency: str = "") -> str:
    """`-1234.5` as `-1,234.5`, with the currency when given. Text in, text out: no arithmetic."""
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, point, fraction = digits.partition(".")
    grouped = f"{int(whole):,}" if whole.isdecimal() else whole
    return f"{sign}{grouped}{point}{fraction} {currency}".strip()


def grouped_number(number: str) -> str:
    """An account number in groups of four."""
    compact = number.replace(" ", "")
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], *, right: Iterable[str] = ()) -> None:
    """Print a table; an empty one says so. Texts are shown as they are: markup in them has no effect.

    A last column named `id` is left out where the terminal is too narrow for it; `--json` always has it.
    """
    columns, right, out = list(columns), set(right), console()
    if columns[-1] == "id" and out.width < _WIDE:
        columns.pop()
    grid = Table(box=None, pad_edge=False)
    for column in columns:
        grid.add_column(
            column, justify="right" if column in right else "left", no_wrap=column in {*right, "id", "when"}
        )
    for row in rows:
        cells = list(row)[: len(columns)]
        grid.add_row(*[cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in cells])
    out.print(Text(title, style="bold") if grid.row_count else Text(f"{title}: nothing to show.", style="dim"))
    if grid.row_count:
        out.print(grid)


def listing(
    body: dict[str, Any],
    title: str,
    columns: Iterable[str],
    row: Callable[[Any], Iterable[object]],
    *,
    as_json: bool,
    right: Iterable[str] = (),
) -> None:
    """A list that the bank answered: as JSON, or as a table with a row for each."""
    if as_json:
        show_json(body)
    else:
        table(title, columns, map(row, body["data"]), right=right)


def answer(answered: Answer[Any], told: Callable[[Any], Iterable[tuple[str, object]]], *, as_json: bool) -> None:
    """One thing that the bank answered: as JSON, or what is `told` of it; and whether it was done before."""
    if as_json:
        show_json(answered.body)
        return
    if answered.is_replay:
        say("This was done before with the same key; nothing happened twice.")
    facts(told(answered.data))


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print one thing: a name and a value a line."""
    grid = Table(box=None, show_header=False, pad_edge=False)
    grid.add_column(style="dim")
    grid.add_column()
    for name, value in pairs:
        if value not in (None, ""):
            grid.add_row(name, value if isinstance(value, Text) else Text(str(value)))
    console().print(grid)


def status_text(status: str) -> Text:
    """A status with a colour; the word says the same without it."""
    good = {"open", "active", "approved", "captured", "completed", "healthy", "succeeded", "alive"}
    bad = {"refused", "unhealthy", "failed", "frozen", "disabled", "erased", "degraded", "declined", "lost", "stolen"}
    return Text(status, style="green" if status in good else "red" if status in bad else "")


def show_error(error: BankError, *, as_json: bool, idempotency_key: str | None) -> None:
    """Say what went wrong and what to do; for programs, the bank's envelope on standard output."""
    if as_json:
        show_json({**error.body, **({"idempotency_key": idempotency_key} if idempotency_key else {})})
        return
    out = errors()
    out.print(f"[red]{escape(error.message)}[/red]")
    for name, problem in error.fields.items():
        out.print(f"  [bold]{escape(name)}[/bold]: {escape(str(problem))}")
    for advice in _advice(error, idempotency_key):
        out.print(advice, soft_wrap=True)
    if error.request_id:
        out.print(f"[dim]{escape(error.code)}, request {escape(str(error.request_id))}[/dim]", soft_wrap=True)


def show_interrupted(idempotency_key: str | None) -> None:
    """Say what it means that somebody did not wait for the bank's answer."""
    out = errors()
    out.print("[red]Interrupted.[/red]")
    if idempotency_key:
        out.print("The bank may have done it or not. Ask again safely, nothing happens twice, by adding:")
        out.print(f"  --idempotency-key {idempotency_key}", soft_wrap=True)


def _advice(error: BankError, idempotency_key: str | None) -> Iterator[str]:
    """What can be done about it."""
    if isinstance(error, OutcomeUnknownError) and idempotency_key:
        yield "Ask again safely, nothing happens twice, by adding:"
        yield f"  --idempotency-key {idempotency_key}"
    if isinstance(error, NotLoggedInError) and "sandbank login" not in error.message:
        yield "Run `sandbank login`."
    if isinstance(error, UnavailableError) and error.status == 0:
        yield "Start it with `make run`, or name another with --url."
    if error.retry_after_seconds is not None:
        seconds = math.ceil(error.retry_after_seconds)
        yield f"Try again in {seconds:,} second{'s' if seconds != 1 else ''}."
