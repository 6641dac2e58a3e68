"""Jobs of the simulator: followed to their end, with a bar at a terminal."""

from collections import deque
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from cli import output
from cli.client import BankClient
from cli.errors import CommandError
from sandbank import Answer
from sandbank.simulator import followed
from sandbank.types import Job

NoWait = Annotated[bool, typer.Option("--no-wait", help="Return at once; `sandbank simulate job ID` follows it.")]


def follow(bank: BankClient, answer: Answer[Job], *, wait: bool, as_json: bool) -> None:
    """Show the job; with `wait`, a progress bar until it ends. Ctrl-C leaves the job running."""
    if wait:
        try:
            (answer,) = deque(followed(bank.simulator, answer) if as_json else _watched(bank, answer), maxlen=1)
        except KeyboardInterrupt:
            output.errors().print(f"The job goes on: sandbank simulate job {answer.data['id']}")
            raise typer.Exit(130) from None
    done = answer.data
    if as_json:
        output.show_json(answer.body)
    else:
        show_job(done)
    if done["status"] == "failed":
        message = f"The job failed: {done.get('error') or 'the simulator says no more'}"
        raise CommandError(message, code="JOB_FAILED") if not as_json else typer.Exit(1)


def _watched(bank: BankClient, answer: Answer[Job]) -> Iterator[Answer[Job]]:
    """The job as `followed` has it, with a progress bar."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]:<9}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[posted]:,} posted, {task.fields[refused]:,} refused"),
        TextColumn("[dim]{task.fields[bank_time]}[/dim]"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.errors()) as progress:
        bar = progress.add_task("", total=1, **_seen(answer.data))
        for seen in followed(bank.simulator, answer):
            progress.update(bar, completed=seen.data["progress"], **_seen(seen.data))
            yield seen


def _seen(seen: Job) -> dict[str, Any]:
    return {
        "stage": seen.get("stage") or seen["status"],
        "posted": seen["posted"],
        "refused": seen["refused"],
        "bank_time": (seen.get("bank_time") or "").replace("T", " ")[:19],
    }


def show_job(done: Job) -> None:
    """What became of it so far, and who can log in."""
    output.facts(
        [
            ("job", output.status_text(done["status"])),
            ("posted", f"{done['posted']:,}, refused {done['refused']:,}"),
            ("speed", f"{done['transactions_per_second']:,.0f} transactions/s"),
            ("bank time", done.get("bank_time")),
            ("id", done["id"]),
        ]
    )
    people = done.get("log_ins") or []
    if people:
        output.table(
            "Who can log in", ("user name", "password"), [(one["username"], one["password"]) for one in people]
        )
