"""`audit`: what people with power did at the bank, and whether what is written down of it is whole."""

from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output
from cli.client import listed
from cli.context import AsJson, begin

audit_app = typer.Typer(help="The audit trail (administrators; employees see what they did).", no_args_is_help=True)
_LONGEST_SECONDS = 600.0


@audit_app.command("list")
def list_acts(
    context: typer.Context,
    *,
    actor: Annotated[str | None, typer.Option(help="By whom: a user name or an id.")] = None,
    subject: Annotated[str | None, typer.Option(help="On what or whose: an id, a user name, a product's code.")] = None,
    action: Annotated[str | None, typer.Option(help="What was done, such as account_frozen.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day: 2026-11-20.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day, whole.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List audit records, newest first."""
    bank = begin(context, as_json=as_json)
    filters = {"actor": actor, "subject": subject, "action": action, "from": since, "to": until}
    body = listed(bank.pages("/api/audit", limit=limit, **filters))
    if as_json:
        output.show_json(body)
        return
    columns = ("position", "when", "who", "act", "on", "result", "why")
    output.table("What was done", columns, [_row(record) for record in body["data"]])
    if body["next_cursor"]:
        output.errors().print("[dim]There are more: raise --limit.[/dim]")


@audit_app.command()
def verify(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Verify the audit trail (administrators); exit code 1 and the first bad position when it is broken."""
    bank = begin(context, as_json=as_json)
    with output.waiting("The bank walks the whole trail"):
        answer = bank.audit.verify(timeout_seconds=_LONGEST_SECONDS)
    found = answer.data
    if as_json:
        output.show_json(answer.body)
    elif found["first_fault"] is None:
        output.say(f"[green]The trail is whole:[/green] {found['records']:,} records, in {found['seconds']} s.")
        if found["removed_before"] is not None:
            output.say(f"It begins at position {found['first_position']:,}: older ones were removed, {_until(found)}.")
    else:
        fault = found["first_fault"]
        where = "the anchor" if fault["position"] is None else f"position {fault['position']:,}"
        output.say(f"[red]The trail is not whole:[/red] {where}, {fault['fault']}. {fault['detail']}")
        output.say(f"{found['records']:,} records before that are right.")
    if not found["holds"]:
        raise typer.Exit(1)


def _until(found: Any) -> str:
    return f"all from before {found['removed_before'][:10]}"


def _row(record: dict[str, Any]) -> tuple[str | Text, ...]:
    actor, subject = record["actor"], record["subject"]
    return (
        f"{record['position']:,}",
        record["occurred_at"][:19].replace("T", " "),
        actor["name"] or actor["id"] or actor["address"] or "nobody known",
        record["action"],
        " ".join(part for part in (subject["kind"], subject["owner_name"] or subject["id"]) if part),
        output.status_text(record["result"]),
        record["reason"] or "",
    )
