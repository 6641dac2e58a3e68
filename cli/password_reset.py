"""`forgot-password` and `reset-password`."""

import sys
from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, begin
from cli.login import PasswordStdin, ask_new_password


def forgot_password(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The e-mail address you registered with.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Request a link by e-mail for choosing a new password."""
    asked = begin(context, as_json=as_json).auth.forgot_password(email)
    if as_json:
        output.show_json(asked.body)
    else:
        output.say("If somebody here has this address, a link is on its way. It works once, for 30 minutes.")


def reset_password(
    context: typer.Context,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Choose a new password with the token of a mailed link: typed, or the first line of standard input."""
    bank = begin(context, as_json=as_json)
    token = typer.prompt("Token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    ended = bank.auth.reset_password(token, ask_new_password(bank, from_stdin=password_stdin))
    if as_json:
        output.show_json(ended.body)
    else:
        output.say("Your password is changed, and every session was ended. Log in with the new one.")
