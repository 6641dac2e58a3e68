"""`clock`: the bank's time, what it waits for and what falls due; and what moves it."""

import re
import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli import output
from cli.client import BankClient
from cli.context import AsJson, Yes, begin
from cli.errors import CommandError
from sandbank import Answer
from sandbank.types import BankClock, DueWork


class Way(StrEnum):
    """Whether the clock goes by itself."""

    PAUSE = "pause"
    RESUME = "resume"


_SPAN = re.compile(r"(?:(?P<days>[0-9]{1,5})d)?(?:(?P<hours>[0-9]{1,6})h)?", re.ASCII)
_POLL_SECONDS = 0.3
_DUE_SHOWN = 5
_STAFF = ("employee", "admin")


def clock(
    context: typer.Context,
    way: Annotated[
        Way | None,
        typer.Argument(
            metavar="[pause|resume]", help="Have it stand still, or run again (administrators of a sandbox)."
        ),
    ] = None,
    *,
    advance: Annotated[
        str | None,
        typer.Option("--advance", metavar="SPAN", help="Move it by 30d, 12h or 1d12h (administrators of a sandbox)."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DAY", help="Move it to the beginning of a day of the bank, such as 2027-01-31."),
    ] = None,
    begin_at: Annotated[
        str | None,
        typer.Option("--begin-at", metavar="DAY", help="Have a bank without accounts begin on a day (administrators)."),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try again what failed when it fell due (administrators).")
    ] = False,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="The bank's machine jumped ahead, and its clock is right (administrators)."),
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Show the bank's time and where it is going, and for employees what falls due next.

    The clock moves forward only, but for that of a bank that has no account yet. It waits for everything that falls due
    on its way; Ctrl-C leaves it going.
    """
    ways = {"--advance": advance is not None, "--to": to is not None, "--begin-at": begin_at is not None}
    asked = [name for name, given in {**ways, "--retry": retry, "--confirm": confirm, str(way): way}.items() if given]
    if len(asked) > 1:
        message = "give one of --advance, --to, --begin-at, --retry, --confirm, pause and resume"
        raise typer.BadParameter(message, param_hint=asked[1])
    bank = begin(context, as_json=as_json)
    if advance is not None or to is not None:
        _show(bank, _followed(bank, _move(bank, advance, to, asks=not yes and not as_json), as_json), as_json)
    elif begin_at is not None:
        _show(bank, _begun(bank, begin_at, asks=not yes and not as_json), as_json)
    elif way is not None:
        _show(bank, bank.transactions.run_clock(running=way is Way.RESUME), as_json)
    elif retry:
        _show(bank, _followed(bank, bank.transactions.retry_due_work(), as_json), as_json)
    elif confirm:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        _show(bank, bank.transactions.confirm_clock(now), as_json)
    else:
        _show(bank, bank.transactions.clock(), as_json)


def span_of(text: str) -> tuple[int, int]:
    """Days and hours of a span such as 30d, 12h or 1d12h. Raises CommandError for anything else, and for no time."""
    found = _SPAN.fullmatch(text.replace(" ", ""))
    days, hours = (int(found[name] or 0) for name in ("days", "hours")) if found else (0, 0)
    if not days and not hours:
        message = f"{text!r} is no span of time: write it as 30d, 12h or 1d12h."
        raise CommandError(message)
    return days, hours


def _begun(bank: BankClient, begin_at: str, *, asks: bool) -> Answer[BankClock]:
    if asks and sys.stdin.isatty():
        typer.confirm(f"Have the bank begin at {begin_at}?", abort=True, err=True)
    return bank.transactions.begin_clock_at(begin_at)


def _move(bank: BankClient, advance: str | None, to: str | None, *, asks: bool) -> Answer[BankClock]:
    """Set the clock going; whoever types is asked first."""
    days, hours = (0, 0) if advance is None else span_of(advance)
    if asks and sys.stdin.isatty():
        where = f"to {to}" if advance is None else f"by {advance}"
        typer.confirm(f"Move the bank's clock {where}? It never goes back.", abort=True, err=True)
    if to is not None:
        return bank.transactions.advance_clock_to(to, wait_seconds=0)
    return bank.transactions.advance_clock_by(days=days or None, hours=hours or None, wait_seconds=0)


def _followed(bank: BankClient, answer: Answer[BankClock], as_json: bool) -> Answer[BankClock]:
    """The clock once it is there; meanwhile, for people, a progress bar of what is still to be done."""
    try:
        return _waited(bank, answer) if as_json else _watched(bank, answer)
    except KeyboardInterrupt:
        output.errors().print("The clock goes on; `sandbank clock` shows how far it is.")
        raise typer.Exit(130) from None


def _waited(bank: BankClient, answer: Answer[BankClock]) -> Answer[BankClock]:
    while answer.data["target_time"] is not None:
        time.sleep(_POLL_SECONDS)
        answer = bank.transactions.clock()
    return answer


def _watched(bank: BankClient, answer: Answer[BankClock]) -> Answer[BankClock]:
    columns = (
        SpinnerColumn(),
        TextColumn("doing what falls due"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[bank_time]}[/dim]"),
        TimeElapsedColumn(),
    )
    if answer.data["target_time"] is None:
        return answer
    with Progress(*columns, console=output.errors()) as progress:
        most = answer.data["due_work"]
        bar = progress.add_task("", total=most, bank_time="")
        while answer.data["target_time"] is not None:
            left = answer.data["due_work"]
            most = max(most, left)  # what is done may promise more
            progress.update(bar, total=most, completed=most - left, bank_time=_minute(answer.data["bank_time"]))
            time.sleep(_POLL_SECONDS)
            answer = bank.transactions.clock()
        progress.update(bar, completed=most, bank_time=_minute(answer.data["bank_time"]))
    return answer


def _show(bank: BankClient, answer: Answer[BankClock], as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    found = answer.data
    left, stopped = found["due_work"], found["stopped_work"]
    output.facts(
        [
            ("bank time", found["bank_time"]),
            ("clock", _state(found)),
            ("goes to", found["target_time"]),
            ("to do until then", f"{left:,}" if left else None),
            ("set aside", f"{stopped:,}" if stopped else None),
        ]
    )
    if bank.session().role in _STAFF:
        _show_due(bank, is_any_stopped=stopped > 0)


def _state(found: BankClock) -> str:
    if not found["running"]:
        return "stands still"
    return "runs with the world's" if found["real"] else "was moved ahead of the world's"


def _show_due(bank: BankClient, *, is_any_stopped: bool) -> None:
    """The next things that fall due, and what failed with its reason."""
    due = bank.transactions.due_work(stopped=False, limit=_DUE_SHOWN).data
    output.say("")
    output.table("What falls due next", ("when", "what", "for", "amount", "id"), map(_row, due), right=("amount",))
    if is_any_stopped:
        failed = bank.transactions.due_work(stopped=True, limit=_DUE_SHOWN).data
        output.say("")
        columns = ("when", "what", "for", "amount", "why", "id")
        rows = [(*_row(one)[:-1], one["stopped_because"], one["id"]) for one in failed]
        output.table("What failed and was set aside", columns, rows, right=("amount",))
        output.errors().print("An administrator has it tried again with `sandbank clock --retry`.", soft_wrap=True)


_WORDS = {
    "hold_expiry": "a hold expires",
    "mandate_expiry": "a mandate expires",
    "interest": "interest and fees of the month",
    "overdraft_limit": "new overdraft limits",
}


def _row(due: DueWork) -> tuple[object, ...]:
    what = _WORDS.get(due["kind"], due["kind"].replace("_", " "))
    amount = output.money(due["amount"], due["currency"]) if due["amount"] and due["currency"] else ""
    return (_minute(due["due_at"]), what, due["description"], amount, due["id"])


def _minute(wire: str) -> str:
    return wire.replace("T", " ")[:16]
