"""`proof`: has the bank compute again everything it knows twice, and compare."""

import time
from typing import Any

import typer
from rich.text import Text

from cli import output
from cli.client import BankClient
from cli.context import AsJson, begin
from cli.errors import CommandError
from sandbank.types import ProofJob

_POLL_SECONDS = 0.3


def proof(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Prove the bank: debits equal credits, balances equal postings, reports equal the ledger (administrators).

    Exit code 1 when a record diverges; each one is named. Ctrl-C leaves the proof running.
    """
    bank = begin(context, as_json=as_json)
    with output.waiting("The bank computes everything again"):
        found = _result(bank, bank.reports.start_proof().data)
    if as_json:
        output.show_json({"success": True, "data": found})
    else:
        _show(found)
    if not found["holds"]:
        raise typer.Exit(1)


def _result(bank: BankClient, job: ProofJob) -> dict[str, Any]:
    """What came of the proof. Raises CommandError when nothing did."""
    try:
        while job["status"] in ("queued", "running"):
            time.sleep(_POLL_SECONDS)
            job = bank.reports.proof_job(job["id"]).data
    except KeyboardInterrupt:
        output.errors().print("The proof goes on; the page of the proof shows what came of it.")
        raise typer.Exit(130) from None
    if job["result"] is None:
        message = f"The proof could not be made: {job['error'] or 'the bank says no more'}"
        raise CommandError(message, code="JOB_FAILED")
    return job["result"]


def _show(found: dict[str, Any]) -> None:
    compared = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in found["compared"].items() if count)
    rows = [(check["check"], _verdict(check)) for check in found["checks"]]
    output.table(f"Compared {compared} in {found['seconds']} s", ("check", "result"), rows)
    if found["findings"]:
        output.say("\n[bold]What diverges[/bold]")
        for one in found["findings"]:
            output.facts([(name, one[name]) for name in ("record", "detail", "check", "service")])
            output.say("")
        if found["findings_count"] > len(found["findings"]):
            output.say(f"[dim]and {found['findings_count'] - len(found['findings']):,} more[/dim]")
    for service in found["not_seen"]:
        output.say(f"[yellow]The {service} is away[/yellow], or this bank has none: what it keeps was not looked at.")
    if found["holds"]:
        output.say(f"[green]The bank holds[/green], up to position {found['as_of_position']:,} of the journal.")
    else:
        count = found["findings_count"]
        output.say(f"[red]The bank does not hold:[/red] {count:,} record{'s diverge' if count != 1 else ' diverges'}.")


def _verdict(check: dict[str, Any]) -> Text:
    if check["holds"] is None:
        return Text("not seen", style="yellow")
    if check["holds"]:
        return Text("holds", style="green")
    return Text(f"{check['findings']:,} diverging", style="red")
