"""`dashboard`: the bank at a glance in the terminal, and at hand."""

import sys

import typer

from cli.context import CommandContext, begin
from cli.errors import CommandError


def dashboard(context: typer.Context) -> None:
    """Watch the bank live; make worlds, advance time, add users, accounts, cards and transactions (administrators)."""
    bank = begin(context, as_json=False)
    session = bank.session()
    if session.role != "admin":
        message = f"The dashboard is for administrators; you are logged in as {session.username} ({session.role})."
        raise CommandError(message, code="FORBIDDEN")
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        message = "The dashboard needs a terminal; `sandbank simulate status --json` suits scripts."
        raise CommandError(message)
    bank.simulator.status()  # whatever is wrong is better said before the screen is taken over
    from cli.dashboard.app import Dashboard  # noqa: PLC0415 (Textual is slow to import; other commands do without)

    command: CommandContext = context.find_root().obj
    app = Dashboard(command.client)
    app.run()
    if app.ended_by is not None:
        raise app.ended_by
