"""`own-data`: everything that the bank keeps of a person."""

from typing import Annotated

import typer

from cli import output, saving
from cli.context import AsJson, begin
from cli.login import PasswordStdin, ask_password
from cli.saving import Force, Output

own_data_app = typer.Typer(help="Everything that the bank keeps of you.", no_args_is_help=True)
_LONGEST_SECONDS = 600.0

User = Annotated[str | None, typer.Option("--user", metavar="USER_ID", help="Of this person (administrators).")]
Reason = Annotated[str | None, typer.Option(help="Why, where it is somebody else's; for the audit trail.")]


@own_data_app.command()
def export(
    context: typer.Context,
    *,
    user: User = None,
    reason: Reason = None,
    to: Output = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Save it all as a ZIP: tables as JSON and CSV, statements, and a list of checksums."""
    bank = begin(context, as_json=as_json)
    with output.waiting("The bank puts it together"):
        file = bank.own_data.export(user_id=user, reason=reason, timeout_seconds=_LONGEST_SECONDS).data
    saving.save(file, to, force=force, as_json=as_json)


@own_data_app.command()
def erase(
    context: typer.Context,
    *,
    user: User = None,
    reason: Reason = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Have the bank forget who you are, for good. The books stay; all accounts have to be closed."""
    bank = begin(context, as_json=as_json)
    if not yes:
        typer.confirm("Erase for good? It cannot be undone.", abort=True, err=True)
    if user is None:
        answer = bank.own_data.erase(ask_password(from_stdin=password_stdin))
    else:
        answer = bank.own_data.erase_user(user, reason or "")
    if as_json:
        output.show_json(answer.body)
        return
    left = ", ".join(answer.data["remaining"])
    output.say("Erased." if not left else f"Being erased; yet to forget: {left}.")
