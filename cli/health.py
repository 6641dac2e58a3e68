"""`health`: whether every service of the bank is well."""

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
        rows = [(name, output.status_text(state)) for name, state in body["services"].items()]
        output.table(f"{bank.url} is {body['status']}", ("service", "health"), rows)
    if body["status"] != "healthy":
        raise typer.Exit(1)
