"""`health`: whether every service of the bank is well."""

from typing import Any

import typer

from cli import output
from cli.context import AsJson, begin


def health(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the health of every service; exit code 1 when one is down."""
    bank = begin(context, as_json=as_json)
    body = bank.health.check().body
    if as_json:
        output.show_json(body)
    else:
        facts = body.get("facts", {})
        rows = [(name, output.status_text(state), *_told(facts.get(name))) for name, state in body["services"].items()]
        columns = ("service", "health", "p50", "p95", "restarts", "behind")
        output.table(f"{bank.url} is {body['status']}", columns, rows, right=columns[2:])
    if body["status"] != "healthy":
        raise typer.Exit(1)


def _told(facts: dict[str, Any] | None) -> tuple[object, ...]:
    """How quick it was in the last minutes, how often it was started again, and how far it is behind."""
    if facts is None:
        return None, None, None, None
    times, lag = facts["response_times"], facts["lag"]
    took = (None, None) if times is None else (f"{times['p50_ms']} ms", f"{times['p95_ms']} ms")
    return *took, facts["restarts"], None if lag is None else f"{lag['seconds']} s"
