"""`proof`: has the bank compute again everything it knows twice, and compare."""

from typing import Any

import typer
from rich.text import Text

from cli import output
from cli.context import AsJson, begin

PROOF_SECONDS = 660
"""The bank may read itself whole for ten minutes."""


def proof(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Prove the bank: debits equal credits, balances equal postings, reports equal the ledger (administrators).

    Exit code 1 when a record diverges; each one is named.
    """
    bank = begin(context, as_json=as_json)
    with output.waiting("The bank computes everything again"):
        answer = bank.reports.proof(timeout_seconds=PROOF_SECONDS)
    found = answer.data
    if as_json:
        output.show_json(answer.body)
    else:
        _show(found)
    if not found["holds"]:
        raise typer.Exit(1)


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
