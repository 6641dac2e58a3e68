"""`dashboard`: the bank at a glance in the terminal, and at hand."""

import sys

import typer

from cli.errors import CommandError, RefusedError
from cli.invocation import Invocation, begin


def dashboard(context: typer.Context) -> None:
    """Watch the bank live, make worlds, advance time, add users, accounts and transactions (administrators)."""
    bank = begin(context, as_json=False)
    session = bank.session()
    if session.role != "admin":
        message = f"The dashboard is for administrators; you are logged in as {session.username} ({session.role})."
        raise RefusedError(message)
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        message = "The dashboard needs a terminal; `sandbank simulate status --json` suits scripts."
        raise CommandError(message)
    bank.get("/api/simulator/status")  # whatever is wrong is better said before the screen is taken over
    from cli.dashboard_app import Dashboard  # noqa: PLC0415 (Textual is slow to import; other commands do without)

    invocation: Invocation = context.find_root().obj
    app = Dashboard(invocation.bank)
    app.run()
    if app.ended_by is not None:
        raise app.ended_by
